import { PveTransportError, PveTaskFailure, PveTaskUnknown } from './pve.errors';
import type { TaskEnd, TaskStatus } from './task.status';

/** How to wait for a task. */
export interface TaskWait {
  readonly signal?: AbortSignal;
  /** Without it, the wait lasts as long as the task. */
  readonly timeoutMs?: number;
  /** Told each growth, percent of the disk that is being copied. */
  readonly onProgress?: (percent: number) => void;
}

interface Waiter {
  readonly onProgress: ((percent: number) => void) | undefined;
  succeed(end: TaskEnd): void;
  fail(error: Error): void;
}

/** One task that is being watched, and those who wait for it. */
export class TaskWatch {
  readonly bornAt = performance.now();
  /** When to look again, by the monotonic clock. */
  dueAt = 0;
  /** When its log is to be read again. */
  logDueAt = 0;
  readLines = 0;
  private readonly waiters = new Set<Waiter>();
  private percent = 0;

  /** @param onDeserted called when the last one has left before the end */
  constructor(
    readonly upid: string,
    private readonly onDeserted: () => void,
  ) {}

  /** Whether anybody wants to know how far it is. */
  get wantsProgress(): boolean {
    return [...this.waiters].some(({ onProgress }) => onProgress !== undefined);
  }

  /** Waits for the end; one who leaves does not disturb the others. */
  join({ signal, timeoutMs, onProgress }: TaskWait): Promise<TaskEnd> {
    return new Promise((resolve, reject) => {
      const leave = (code: string) => (): void => {
        waiter.fail(new PveTransportError(code, `wait for task ${this.upid}`, { mayHaveRun: true }));
        if (this.waiters.size === 0) this.onDeserted();
      };
      const [onAbort, onTimeout] = [leave('ABORTED'), leave('TIMEOUT')];
      const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
      const settle = <T>(action: (outcome: T) => void): ((outcome: T) => void) => {
        return (outcome) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', onAbort);
          this.waiters.delete(waiter);
          action(outcome);
        };
      };
      const waiter: Waiter = { onProgress, succeed: settle(resolve), fail: settle(reject) };
      this.waiters.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
    });
  }

  /** Takes a look in. @returns whether the task has ended; everybody has then been told. */
  update(status: TaskStatus): boolean {
    if (status === 'RUNNING') return false;
    for (const waiter of [...this.waiters]) {
      if (status instanceof PveTaskFailure || status instanceof PveTaskUnknown) waiter.fail(status);
      else waiter.succeed(status);
    }
    return true;
  }

  /** Tells how far it is. With several disks the percentage starts anew with each; only growth is told. */
  report(percent: number): void {
    if (percent <= this.percent) return;
    this.percent = percent;
    for (const waiter of [...this.waiters]) {
      try {
        waiter.onProgress?.(percent);
      } catch (error) {
        waiter.fail(error as Error);
      }
    }
    if (this.waiters.size === 0) this.onDeserted();
  }

  /** Ends the wait of everybody. */
  fail(error: Error): void {
    for (const waiter of [...this.waiters]) waiter.fail(error);
  }
}
