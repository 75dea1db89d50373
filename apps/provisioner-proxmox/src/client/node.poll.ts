import { z } from 'zod';
import type { PveCaller } from './pve.caller';
import { PveRefusal, PveTaskUnknown, PveTransportError, saysNoSuchTask } from './pve.errors';
import { parseAnswer } from './pve.schema';
import { readTaskLog, readTaskStatus, type TaskEnd } from './task.status';
import { TaskWatch, type TaskWait } from './task.watch';

/** How often to look, and how long to bear with a node that does not answer. */
export interface TaskPolling {
  readonly maxOutageMs: number;
  readonly minPauseMs: number;
  readonly maxPauseMs: number;
  readonly callTimeoutMs: number;
}

/** From so many tasks on, one list of what runs is cheaper than a look at each. */
const LIST_FROM = 3;
/** The share of a task's age that a look may come late. */
const LATENESS = 1 / 8;
/** The share of the shortest pause that a look may come early, to share its call with those that are due. */
const EARLINESS = 1 / 2;
const LOG_PAUSE_MS = 1_000;
const LOG_LINES = 500;
const LISTED_TASKS = 500;
const listSchema = z.array(z.object({ upid: z.string(), endtime: z.number().optional() }));

/** All tasks of one node that somebody waits for, looked at in one loop that ends with the last of them. */
export class NodePoll {
  private readonly watches = new Map<string, TaskWatch>();
  private isRunning = false;
  private outageSince: number | undefined;
  private failures = 0;
  private wake: (() => void) | undefined;

  constructor(
    private readonly node: string,
    private readonly caller: Pick<PveCaller, 'get'>,
    private readonly polling: TaskPolling,
  ) {}

  /** Waits for a task's end. @throws as TaskWatcher.wait */
  join(upid: string, options: TaskWait): Promise<TaskEnd> {
    const watch = this.watches.get(upid) ?? this.add(upid);
    const end = watch.join(options);
    if (this.isRunning) this.wake?.();
    else void this.run();
    return end;
  }

  /** Fails everybody who waits. */
  close(): void {
    for (const watch of [...this.watches.values()]) {
      watch.fail(new PveTransportError('CLIENT_CLOSED', `wait for task ${watch.upid}`, { mayHaveRun: true }));
    }
    this.watches.clear();
    this.wake?.();
  }

  private add(upid: string): TaskWatch {
    const watch = new TaskWatch(upid, () => {
      this.watches.delete(upid);
      if (this.watches.size === 0) this.wake?.();
    });
    watch.dueAt = performance.now() + this.polling.minPauseMs;
    this.watches.set(upid, watch);
    return watch;
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    while (this.watches.size > 0) {
      await this.untilDue();
      const due = this.dueTasks();
      if (due.length === 0) continue;
      try {
        await this.look(due);
        this.outageSince = undefined;
        this.failures = 0;
      } catch (error) {
        this.bear(error);
      }
    }
    this.isRunning = false;
  }

  /** Sleeps until a task is due, one more is to be watched, or the last one was left. */
  private untilDue(): Promise<void> {
    const nextAt = Math.min(...[...this.watches.values()].map(({ dueAt }) => dueAt));
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
      const timer = setTimeout(go, Math.max(1, nextAt - performance.now()));
      this.wake = go;
    });
  }

  /** Nobody while none is due; else also who is due soon, and all once a list is read anyway: it tells of each. */
  private dueTasks(): TaskWatch[] {
    const watches = [...this.watches.values()];
    const now = performance.now();
    if (!watches.some(({ dueAt }) => dueAt <= now)) return [];
    const soon = now + this.polling.minPauseMs * EARLINESS;
    const due = watches.filter(({ dueAt }) => dueAt <= soon);
    return due.length < LIST_FROM ? due : watches;
  }

  private async look(due: readonly TaskWatch[]): Promise<void> {
    const running = due.length < LIST_FROM ? new Set<string>() : await this.listRunning();
    const looks = due.map(async (watch) => {
      if (!running.has(watch.upid)) await this.lookAt(watch);
      if (this.watches.has(watch.upid)) await this.lookAtLog(watch);
      this.plan(watch);
    });
    const failed = (await Promise.allSettled(looks)).find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason as Error;
  }

  /** GET /nodes/{node}/tasks?source=active; who is missing there has ended, or cannot be listed: it is asked for by name. */
  private async listRunning(): Promise<Set<string>> {
    const path = ['nodes', this.node, 'tasks'];
    const data = await this.get(path, { source: 'active', limit: LISTED_TASKS });
    const listed = parseAnswer(listSchema, data, `GET /nodes/${this.node}/tasks`);
    return new Set(listed.flatMap(({ upid, endtime }) => (endtime === undefined ? [upid] : [])));
  }

  private async lookAt(watch: TaskWatch): Promise<void> {
    const { upid } = watch;
    try {
      const status = readTaskStatus(upid, await this.get(['nodes', this.node, 'tasks', upid, 'status']));
      if (watch.update(status)) this.watches.delete(upid);
    } catch (error) {
      if (!saysNoSuchTask(error)) throw error;
      this.giveUp(watch, new PveTaskUnknown(upid, 'FORGOTTEN'));
    }
  }

  /** The log is for people: whoever cannot read it waits all the same. */
  private async lookAtLog(watch: TaskWatch): Promise<void> {
    if (!watch.wantsProgress || performance.now() < watch.logDueAt) return;
    const path = ['nodes', this.node, 'tasks', watch.upid, 'log'];
    const query = { start: watch.readLines, limit: LOG_LINES };
    try {
      const { readLines, percent } = readTaskLog(watch.upid, await this.get(path, query), watch.readLines);
      watch.readLines = readLines;
      if (percent !== undefined) watch.report(percent);
    } catch (error) {
      if (!(error instanceof PveRefusal || error instanceof PveTransportError)) throw error;
    }
    watch.logDueAt = performance.now() + LOG_PAUSE_MS;
  }

  private plan(watch: TaskWatch): void {
    const { minPauseMs, maxPauseMs } = this.polling;
    const now = performance.now();
    watch.dueAt = now + Math.min(Math.max((now - watch.bornAt) * LATENESS, minPauseMs), maxPauseMs);
  }

  /** The node cannot be asked: its tasks may go on, so nobody is told before the outage has lasted. */
  private bear(error: unknown): void {
    const now = performance.now();
    this.outageSince ??= now;
    this.failures += 1;
    const cause = error instanceof PveRefusal || error instanceof PveTransportError ? error : undefined;
    const isOver = cause === undefined || now - this.outageSince >= this.polling.maxOutageMs;
    const pauseMs = Math.min(this.polling.minPauseMs * 2 ** this.failures, this.polling.maxPauseMs);
    for (const watch of [...this.watches.values()]) {
      if (isOver) this.giveUp(watch, new PveTaskUnknown(watch.upid, 'UNSEEN', cause));
      else watch.dueAt = Math.max(watch.dueAt, now + pauseMs);
    }
  }

  private giveUp(watch: TaskWatch, error: Error): void {
    watch.fail(error);
    this.watches.delete(watch.upid);
  }

  private get(path: readonly string[], query: Record<string, number | string> = {}): Promise<unknown> {
    return this.caller.get(path, query, { node: this.node, timeoutMs: this.polling.callTimeoutMs });
  }
}
