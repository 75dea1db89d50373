import { NodePoll, type TaskPolling } from './node.poll';
import type { PveCall, PveCaller } from './pve.caller';
import { PveRequestError, PveTaskFailure, PveTransportError } from './pve.errors';
import { readTaskStatus, type TaskEnd, type TaskStatus } from './task.status';
import type { TaskWait } from './task.watch';
import { parseUpid } from './upid';

/** How patient the watcher is. */
export interface TaskWatcherOptions {
  /** How long a node may be away before those who wait for its tasks are told. Default 60,000. */
  readonly maxOutageMs?: number;
  /** The shortest and the longest pause between two looks. Default 100 and 2,000. */
  readonly minPauseMs?: number;
  readonly maxPauseMs?: number;
  /** Limit for each look. Default 15,000. */
  readonly callTimeoutMs?: number;
}

const DEFAULTS: TaskPolling = { maxOutageMs: 60_000, minPauseMs: 100, maxPauseMs: 2_000, callTimeoutMs: 15_000 };

/**
 * Waits for tasks: each node that runs any is asked for all of them at once, however many wait, and nobody is asked while
 * there is nothing to wait for. A look that fails does not fail the task: it is repeated, through another endpoint too, and
 * only an outage that lasts makes the outcome unknown.
 */
export class TaskWatcher {
  private readonly polls = new Map<string, NodePoll>();
  private readonly polling: TaskPolling;
  private isClosed = false;

  constructor(
    private readonly caller: Pick<PveCaller, 'delete' | 'get'>,
    options: TaskWatcherOptions = {},
  ) {
    this.polling = { ...DEFAULTS, ...options };
  }

  /** GET /nodes/{node}/tasks/{upid}/status: how far a task is. @throws PveRequestError, PveRefusal (400: forgotten), PveTransportError */
  async read(upid: string, ctx: PveCall = {}): Promise<TaskStatus> {
    const path = ['nodes', nodeOf(upid), 'tasks', upid, 'status'];
    return readTaskStatus(upid, await this.caller.get(path, {}, ctx));
  }

  /**
   * Waits for the end of a task.
   * @throws PveTaskFailure; PveTaskUnknown (killed, forgotten, or not seen for too long); PveRequestError for what is no
   *   task; PveTransportError `ABORTED`, `TIMEOUT` (the task goes on), `CLIENT_CLOSED`
   */
  async wait(upid: string, options: TaskWait = {}): Promise<TaskEnd> {
    const node = nodeOf(upid);
    if (this.isClosed) throw new PveTransportError('CLIENT_CLOSED', `wait for task ${upid}`, { mayHaveRun: true });
    const poll = this.polls.get(node) ?? new NodePoll(node, this.caller, this.polling);
    this.polls.set(node, poll);
    return poll.join(upid, options);
  }

  /**
   * DELETE /nodes/{node}/tasks/{upid}: asks the task to end, and waits until it has. A clone takes its disks and its
   * configuration away as it ends.
   * @returns how it ended: it may have succeeded before it heard of it @throws as `wait`; PveRefusal
   */
  async stop(upid: string, options: PveCall & TaskWait = {}): Promise<PveTaskFailure | TaskEnd> {
    const { signal, node, beforeSend } = options;
    await this.caller.delete(
      ['nodes', nodeOf(upid), 'tasks', upid],
      {},
      {
        ...(signal !== undefined && { signal }),
        ...(node !== undefined && { node }),
        ...(beforeSend !== undefined && { beforeSend }),
      },
    );
    try {
      return await this.wait(upid, options);
    } catch (error) {
      if (error instanceof PveTaskFailure) return error;
      throw error;
    }
  }

  /** Fails everybody who waits. */
  close(): void {
    this.isClosed = true;
    for (const poll of this.polls.values()) poll.close();
  }
}

function nodeOf(upid: string): string {
  const parsed = parseUpid(upid);
  if (parsed === undefined) throw new PveRequestError('upid', 'it is no identifier of a task');
  return parsed.node;
}
