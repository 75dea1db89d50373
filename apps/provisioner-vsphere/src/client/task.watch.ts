import type { ManagedObjectReference } from './managed.object';
import type { VimRecord } from './reader';
import { isFinal, mergeTaskChanges, readTaskInfo, taskFault, type TaskInfo } from './task.info';
import { VimTransportError } from './vim.errors';

/** How to wait for a task. */
export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Without it, the wait lasts as long as the task. */
  readonly timeoutMs?: number;
  /** Told each change, percent. */
  readonly onProgress?: (percent: number) => void;
  /** The operation that started the task, for the wording of errors. */
  readonly operation?: string;
}

interface Waiter {
  readonly operation: string;
  readonly onProgress: ((percent: number) => void) | undefined;
  succeed(result: unknown): void;
  fail(error: Error): void;
}

/** One task that is being watched, and those who wait for it. */
export class TaskWatch {
  /** The filter that reports the task's changes, or the call that makes it. */
  filter: Promise<ManagedObjectReference | undefined> | undefined;
  private readonly waiters = new Set<Waiter>();
  private properties: VimRecord = {};
  private progress: number | undefined;

  /** @param onDeserted called when the last one has left before the end */
  constructor(
    readonly task: ManagedObjectReference,
    private readonly onDeserted: () => void,
  ) {}

  /** Waits for the end; one who leaves does not disturb the others. */
  join(options: WaitOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const operation = options.operation ?? `task ${this.task.value}`;
      const leave = (code: string) => (): void => {
        waiter.fail(new VimTransportError(code, operation, { requestSent: true }));
        if (this.waiters.size === 0) this.onDeserted();
      };
      const [onAbort, onTimeout] = [leave('ABORTED'), leave('TIMEOUT')];
      const timer = options.timeoutMs === undefined ? undefined : setTimeout(onTimeout, options.timeoutMs);
      const settle = <T>(action: (outcome: T) => void): ((outcome: T) => void) => {
        return (outcome) => {
          clearTimeout(timer);
          options.signal?.removeEventListener('abort', onAbort);
          this.waiters.delete(waiter);
          action(outcome);
        };
      };
      const waiter: Waiter = {
        operation,
        onProgress: options.onProgress,
        succeed: settle(resolve),
        fail: settle(reject),
      };
      this.waiters.add(waiter);
      options.signal?.addEventListener('abort', onAbort, { once: true });
      if (options.signal?.aborted === true) onAbort();
    });
  }

  /** Takes changes in. @returns whether the task has ended; everybody has then been told. */
  update(changes: VimRecord): boolean {
    this.properties = mergeTaskChanges(this.properties, changes);
    const info = readTaskInfo(this.properties);
    if (!isFinal(info)) this.report(info);
    else this.finish(info);
    return isFinal(info);
  }

  /** Ends the wait of everybody. */
  fail(error: Error): void {
    for (const waiter of [...this.waiters]) waiter.fail(error);
  }

  private report({ progress }: TaskInfo): void {
    if (progress === undefined || progress === this.progress) return;
    this.progress = progress;
    for (const waiter of [...this.waiters]) {
      try {
        waiter.onProgress?.(progress);
      } catch (error) {
        waiter.fail(error as Error);
      }
    }
    if (this.waiters.size === 0) this.onDeserted();
  }

  private finish(info: TaskInfo): void {
    for (const waiter of [...this.waiters]) {
      if (info.state === 'success') waiter.succeed(info.result);
      else waiter.fail(taskFault(info, waiter.operation));
    }
  }
}
