import type { Claim, ClaimVerdict, controlTypes, OperationId } from '@dcm/contracts';
import type { Change } from '../operations/change';
import type { OperationRecord } from '../operations/operation.entity';
import { after } from '../operations/timing';
import { waitFor } from '../operations/waiting.mapper';

export type ControlVerb = keyof typeof controlTypes;

/** What is said of a message that is not the one at work. */
export const drop = (reason: string): ClaimVerdict => ({ verdict: 'drop', reason });

/**
 * Answers a worker that wants to begin (`claim`) or to go on (`renew`). The lease holds for the first worker that asks for an attempt; asking
 * again prolongs it. Any other copy of the message is dropped.
 */
export function claim(change: Change, { operationId, attempt, worker }: Claim, verb: ControlVerb): ClaimVerdict {
  const operation = change.find(operationId);
  if (operation === undefined) return drop('the operation is not known');
  const reason = whyDropped(operation, attempt, worker);
  if (reason !== undefined) return drop(reason);
  if (operation.worker === worker && verb === 'claim') noteSecondBeginning(change, operationId);
  if (operation.stop !== null) return { verdict: 'stop', reason: operation.stop.error.message };
  const leaseUntil = after(change.now, change.scene.timing.leaseMs);
  if (operation.worker === worker) change.note(operationId, { leaseUntil });
  else begin(change, operation, { worker, leaseUntil });
  return { verdict: 'go', leaseMs: change.scene.timing.leaseMs };
}

function whyDropped({ doc, ...work }: OperationRecord, attempt: number, worker: string): string | undefined {
  if (doc.state !== 'running') return `the operation is ${doc.state}`;
  if (doc.attempt !== attempt) return `attempt ${doc.attempt} is at work`;
  if (work.worker !== null && work.worker !== worker) return 'another worker has claimed this attempt';
  return undefined;
}

/**
 * A worker that loses its claim in silence forgets what it did; when the message comes again, it says of the second time only that nothing was
 * changed. What the first time left, somebody has to look for.
 */
const noteSecondBeginning = (change: Change, id: OperationId): void => {
  change.note(id, { isTouched: true });
};

function begin(change: Change, { doc }: OperationRecord, lease: { worker: string; leaseUntil: Date }): void {
  const id: OperationId = doc.id;
  const waitingFor = waitFor.worker(change.site.name, new Date(doc.deadlineAt));
  change.move(id, 'claimed', { doc: { step: 'started', waitingFor }, work: lease });
}
