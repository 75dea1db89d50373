import { setTimeout as pause } from 'node:timers/promises';
import type { ManagedObjectReference } from './managed.object';
import type { PropertyCollector } from './property.collector';
import { readChanges, readTaskInfo, TASK_PATHS, type TaskInfo } from './task.info';
import { TaskWatch, type WaitOptions } from './task.watch';
import { UpdatePoll, type ObjectUpdate } from './update.poll';
import type { VimCaller } from './vim.caller';
import { faultFrom, isGone, isSessionLoss, VimFault, VimTransportError } from './vim.errors';

/** How patient the watcher is. */
export interface TaskWatcherOptions {
  /** How long one collector serves. Default 60. */
  readonly maxWaitSeconds?: number;
  /** How long the server may hold a long poll: how long it takes to notice, beside the poll's margin, that nobody is there any more. Default 10. */
  readonly holdSeconds?: number;
  /** How long polls may fail in a row before those who wait are told. Default 60,000. */
  readonly maxOutageMs?: number;
}

/** Faults after which a new collector simply goes on. */
const RESTARTS = new Set(['InvalidCollectorVersion', 'NotAuthenticated', 'RequestCanceled']);
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Waits for tasks: one long poll for all of them, and none while there is nothing to wait for. A poll that fails does
 * not fail the tasks: the watcher starts a new one and only gives up when the outage lasts. A change that the server has
 * not told of is not lost either: a collector is replaced when it has served its time, and the next one begins with the
 * present state.
 */
export class TaskWatcher {
  private readonly watches = new Map<string, TaskWatch>();
  private readonly maxWaitSeconds: number;
  private readonly holdSeconds: number;
  private readonly maxOutageMs: number;
  private poll: UpdatePoll | undefined;
  private pollSince = 0;
  private isRunning = false;
  private isPolling = false;
  private isClosed = false;

  constructor(
    private readonly caller: VimCaller,
    private readonly properties: PropertyCollector,
    options: TaskWatcherOptions = {},
  ) {
    this.maxWaitSeconds = options.maxWaitSeconds ?? 60;
    this.holdSeconds = options.holdSeconds ?? 10;
    this.maxOutageMs = options.maxOutageMs ?? 60_000;
  }

  /**
   * Reads how far a task is.
   * @throws VimFault `ManagedObjectNotFound` when the server has forgotten it (ten minutes after its end)
   */
  async read(task: ManagedObjectReference, signal?: AbortSignal): Promise<TaskInfo> {
    return readTaskInfo(await this.properties.properties(task, TASK_PATHS, signal));
  }

  /**
   * Waits for the end of a task and returns its result.
   * @throws VimFault why the task failed, or `ManagedObjectNotFound` when the server does not know it;
   *   VimTransportError `ABORTED`, `TIMEOUT` (the task goes on), `CLIENT_CLOSED`, or why the server cannot be asked
   */
  async wait(task: ManagedObjectReference, options: WaitOptions = {}): Promise<unknown> {
    const known = await this.properties.properties(task, TASK_PATHS, options.signal);
    if (this.isClosed) throw closed();
    const watch = this.watches.get(task.value) ?? this.add(task);
    const end = watch.join(options);
    if (watch.update(known)) this.remove(watch);
    else this.wake(watch);
    return end;
  }

  /** Fails everybody who waits. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.failAll(closed());
    await this.interrupt();
  }

  private add(task: ManagedObjectReference): TaskWatch {
    const watch = new TaskWatch(task, () => {
      this.remove(watch);
    });
    this.watches.set(task.value, watch);
    return watch;
  }

  private remove(watch: TaskWatch): void {
    if (this.watches.get(watch.task.value) === watch) this.watches.delete(watch.task.value);
    const { poll } = this;
    if (this.watches.size === 0 && this.isPolling) void this.interrupt();
    else void watch.filter?.then((filter) => filter && poll?.unwatch(filter)).catch(() => undefined);
  }

  private wake(watch: TaskWatch): void {
    if (this.watches.get(watch.task.value) !== watch) return;
    if (!this.isRunning) void this.run();
    else if (this.poll) this.attach(this.poll, watch).catch(() => this.interrupt());
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    let failures = 0;
    let failingSince = 0;
    while (this.watches.size > 0) {
      try {
        await this.round();
        failures = 0;
      } catch (error) {
        if (failures === 0) failingSince = performance.now();
        failures += 1;
        await this.recover(error, failures, performance.now() - failingSince);
      }
    }
    this.isRunning = false;
  }

  private async round(): Promise<void> {
    if (this.leftSeconds() <= 0) void this.interrupt();
    const poll = this.poll ?? (await this.begin());
    await Promise.all([...this.watches.values()].map((watch) => this.attach(poll, watch)));
    if (this.watches.size === 0) return;
    this.isPolling = true;
    const holdSeconds = Math.min(this.holdSeconds, Math.max(1, Math.ceil(this.leftSeconds())));
    const updates = await poll.next(holdSeconds).finally(() => {
      this.isPolling = false;
    });
    for (const update of updates) this.apply(update);
  }

  private leftSeconds(): number {
    return this.maxWaitSeconds - (performance.now() - this.pollSince) / 1000;
  }

  private async begin(): Promise<UpdatePoll> {
    this.poll = await UpdatePoll.create(this.caller);
    this.pollSince = performance.now();
    return this.poll;
  }

  /** Gives the task a filter, once for each poll. */
  private async attach(poll: UpdatePoll, watch: TaskWatch): Promise<void> {
    watch.filter ??= poll.watch(watch.task);
    await watch.filter;
  }

  private apply({ ref, kind, changeSet, faults }: ObjectUpdate): void {
    const watch = this.watches.get(ref.value);
    if (!watch) return;
    if (kind === 'leave' || kind === 'missing') {
      void this.confirmGone(watch);
    } else if (faults.length > 0) {
      const fault = faultFrom(faults[0], 'WaitForUpdatesEx');
      if (isSessionLoss(fault)) throw fault;
      this.giveUp(watch, fault);
    } else if (watch.update(readChanges(changeSet))) {
      this.remove(watch);
    }
  }

  /** The poll says that the task is no more; reading it tells how it ended, or that the server has forgotten it. */
  private async confirmGone(watch: TaskWatch): Promise<void> {
    try {
      const ended = watch.update(await this.properties.properties(watch.task, TASK_PATHS));
      if (!ended) throw new VimTransportError('UNEXPECTED_ANSWER', 'WaitForUpdatesEx', { requestSent: true });
      this.remove(watch);
    } catch (error) {
      this.giveUp(watch, error);
    }
  }

  private async recover(error: unknown, failures: number, outageMs: number): Promise<void> {
    const forgotten = this.forgottenTask(error);
    const isFresh = failures === 1 && this.isRestart(error);
    const isLasting = outageMs > this.maxOutageMs || !(this.isRestart(error) || error instanceof VimTransportError);
    void this.interrupt();
    if (isAborted(error)) return;
    if (forgotten) this.giveUp(forgotten, error);
    else if (isLasting) this.failAll(error);
    else if (!isFresh)
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), undefined, { ref: false });
  }

  private isRestart(error: unknown): boolean {
    if (!(error instanceof VimFault)) return false;
    return RESTARTS.has(error.fault) || this.poll?.isGone(error) === true;
  }

  private forgottenTask(error: unknown): TaskWatch | undefined {
    return [...this.watches.values()].find(({ task }) => isGone(error, task));
  }

  /** Throws the collector away; a poll that is open returns at once. */
  private async interrupt(): Promise<void> {
    const { poll } = this;
    this.poll = undefined;
    for (const watch of this.watches.values()) watch.filter = undefined;
    await poll?.discard();
  }

  private giveUp(watch: TaskWatch, error: unknown): void {
    watch.fail(error as Error);
    this.remove(watch);
  }

  private failAll(error: unknown): void {
    for (const watch of [...this.watches.values()]) this.giveUp(watch, error);
  }
}

function closed(): VimTransportError {
  return new VimTransportError('CLIENT_CLOSED', 'wait for a task', { requestSent: true });
}

function isAborted(error: unknown): boolean {
  return error instanceof VimTransportError && error.code === 'ABORTED';
}
