import { readBoolean, readNumber, readRecord, readString, type VimRecord } from './reader';
import { faultFrom, type VimFault } from './vim.errors';

/** How far a task is. `success` and `error` are final. */
export type TaskState = 'queued' | 'running' | 'success' | 'error';

/** What is read of a task. */
export interface TaskInfo {
  readonly state: TaskState;
  /** Percent; absent while the server does not know. */
  readonly progress: number | undefined;
  /** What the operation made, such as the reference of the new VM; only after `success`. */
  readonly result: unknown;
  /** Why it failed; only after `error`. */
  readonly error: unknown;
  readonly cancelable: boolean;
}

/** Leaf paths of a task, so that a change of progress carries nothing else. */
export const TASK_PATHS = ['info.state', 'info.progress', 'info.result', 'info.error', 'info.cancelable'] as const;

const STATES: ReadonlySet<unknown> = new Set<TaskState>(['queued', 'running', 'success', 'error']);

/** Reads a task's properties by path; a task without a readable state counts as queued. */
export function readTaskInfo(properties: VimRecord): TaskInfo {
  const state = properties['info.state'];
  return {
    state: isTaskState(state) ? state : 'queued',
    progress: readNumber(properties['info.progress']),
    result: properties['info.result'],
    error: properties['info.error'],
    cancelable: readBoolean(properties['info.cancelable']) ?? false,
  };
}

/** Whether the task has ended. */
export function isFinal({ state }: TaskInfo): boolean {
  return state === 'success' || state === 'error';
}

/** The fault of a failed task. @param operation whom it belongs to */
export function taskFault({ error }: TaskInfo, operation: string): VimFault {
  return faultFrom(error, operation);
}

/**
 * Merges changed properties into what is known. The first final state wins: the simulator replays older states after
 * it, and a task never leaves it.
 */
export function mergeTaskChanges(known: VimRecord, changes: VimRecord): VimRecord {
  if (!isFinal(readTaskInfo(known))) return { ...known, ...changes };
  return { ...known, ...changes, 'info.state': known['info.state'] };
}

/** Reads the changeSet of an ObjectUpdate as properties by path, in the order of the changes. */
export function readChanges(changeSet: readonly unknown[]): VimRecord {
  return changeSet.map(readRecord).reduce<VimRecord>((known, { name, val }) => {
    return mergeTaskChanges(known, { [readString(name) ?? '']: val });
  }, {});
}

function isTaskState(state: unknown): state is TaskState {
  return STATES.has(state);
}
