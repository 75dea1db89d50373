import { isFinal, type DcmErrorBody, type Operation, type PowerAction } from '@dcm/contracts';
import type { Goal } from './goal.entity';
import { after, earliest, type Timing } from './timing';

/** How an operation will end once its worker has stopped. */
export interface Stop {
  readonly state: 'cancelled' | 'failed';
  readonly error: DcmErrorBody;
}

/** An operation: what everybody sees (`doc`) and what only its execution needs. All times are the database's. */
export interface OperationRecord {
  readonly doc: Operation;
  /** Of the request's type and data: the same id with another one is refused. */
  readonly payloadSha256: string;
  readonly power: PowerAction | null;
  /** Of a resize or a snapshot's work. */
  readonly goal: Goal | null;
  readonly traceparent: string | null;
  /** Whether this is the VM's one mutating operation. A delete takes this from the operation that it pre-empts. */
  readonly holdsVm: boolean;
  /** Whether some attempt that is over may have changed the hypervisor. */
  readonly isTouched: boolean;
  /** Attempts that counted as failed. */
  readonly failures: number;
  /** Set once it is to be stopped. */
  readonly stop: Stop | null;
  /** When it may be dispatched; null: something else has to happen first. */
  readonly nextAt: Date | null;
  /** From when on no earlier attempt can act any more; null: at once. */
  readonly quietAt: Date | null;
  /** How often the current command was sent. */
  readonly sends: number;
  /** Who claimed the current attempt. */
  readonly worker: string | null;
  readonly leaseUntil: Date | null;
  /** Token of the last attempt's work, to go on with. */
  readonly resume: string | null;
}

/** What a change may set on a record besides its document. */
export type OperationWork = Omit<OperationRecord, 'doc' | 'payloadSha256' | 'power' | 'goal' | 'traceparent'>;

/** The work of an operation that has just begun. */
export const freshWork: OperationWork = {
  holdsVm: true,
  isTouched: false,
  failures: 0,
  stop: null,
  nextAt: null,
  quietAt: null,
  sends: 0,
  worker: null,
  leaseUntil: null,
  resume: null,
};

/** True while a worker holds the current attempt and may act. */
export const isClaimed = (operation: OperationRecord): boolean =>
  operation.doc.state === 'running' && operation.worker !== null;

/** When the sweeper must look at an operation again; null: never, it has ended. */
export function wakeAtOf(operation: OperationRecord, timing: Timing): Date | null {
  const { doc, leaseUntil, stop } = operation;
  if (isFinal(doc.state)) return null;
  const deadline = new Date(doc.deadlineAt);
  if (leaseUntil !== null)
    return stop === null ? earliest(deadline, leaseUntil) : after(leaseUntil, timing.callTimeoutMs);
  return earliest(deadline, doc.waitingFor === null ? null : new Date(doc.waitingFor.until));
}
