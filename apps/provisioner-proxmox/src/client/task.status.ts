import { z } from 'zod';
import { parseAnswer } from './pve.schema';
import { PveTaskFailure, PveTaskUnknown } from './pve.errors';

/** How a task that succeeded ended. */
export interface TaskEnd {
  /** How many warnings its log holds. */
  readonly warnings: number;
}

/** How far a task is: it runs, it succeeded, it failed, or nobody knows. */
export type TaskStatus = 'RUNNING' | PveTaskFailure | PveTaskUnknown | TaskEnd;

const statusSchema = z.object({ status: z.string(), exitstatus: z.string().optional() });
const logSchema = z.array(z.object({ n: z.number(), t: z.string() }));

const WARNINGS = /^WARNINGS: (\d+)$/;
/** What pve-common writes when a worker ended without a word: it was killed, or its node crashed. */
const WORKER_LOST = 'unexpected status';
const PERCENT = /\((\d+(?:\.\d+)?)(?:\/100)?%\)\s*$/;

/** Reads the status of a task. @throws PveTransportError `UNEXPECTED_ANSWER` */
export function readTaskStatus(upid: string, data: unknown): TaskStatus {
  const { status, exitstatus } = parseAnswer(statusSchema, data, `GET status of task ${upid}`);
  if (status !== 'stopped') return 'RUNNING';
  if (exitstatus === 'OK') return { warnings: 0 };
  const warnings = WARNINGS.exec(exitstatus ?? '')?.[1];
  if (warnings !== undefined) return { warnings: Number(warnings) };
  if (exitstatus === undefined || exitstatus === WORKER_LOST) return new PveTaskUnknown(upid, 'UNEXPECTED_STATUS');
  return new PveTaskFailure(upid, exitstatus);
}

/** Lines of a task's log. */
export interface TaskLog {
  /** How many lines have been read, these among them. */
  readonly readLines: number;
  /** The last percentage that they name: of the disk that is being copied. */
  readonly percent?: number;
}

/** Reads lines of a log. @param before how many lines were read earlier @throws PveTransportError `UNEXPECTED_ANSWER` */
export function readTaskLog(upid: string, data: unknown, before: number): TaskLog {
  const lines = parseAnswer(logSchema, data, `GET log of task ${upid}`);
  const found = lines.flatMap(({ t }) => PERCENT.exec(t)?.[1] ?? []).at(-1);
  // A log without lines is answered with one that says so, numbered 1.
  const readLines = Math.max(before, ...lines.filter(({ t }) => t !== 'no content').map(({ n }) => n));
  return { readLines, ...(found !== undefined && { percent: Number(found) }) };
}
