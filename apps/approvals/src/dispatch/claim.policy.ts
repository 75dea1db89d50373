import type { Claim, ClaimVerdict, OperationId } from '@dcm/contracts';
import type { Change } from '../operations/change';
import type { OperationRecord } from '../operations/operation.entity';
import { after } from '../operations/timing';
import { waitFor } from '../operations/waiting.mapper';

/** What is said of a message that is not the one at work. */
export const drop = (reason: string): ClaimVerdict => ({ verdict: 'drop', reason });

/**
 * Answers a worker that wants to begin or to go on. The lease holds for the first worker that asks for an attempt; asking again
 * prolongs it. Any other copy of the message is dropped.
 */
export function claim(change: Change, { operationId, attempt, worker }: Claim): ClaimVerdict {
  const operation = change.find(operationId);
  const refusal = refusalOf(operation, attempt, worker);
  if (operation === undefined || refusal !== undefined) return refusal ?? drop('the operation is not known');
  const leaseUntil = after(change.now, change.scene.timing.leaseMs);
  if (operation.worker === worker) change.note(operationId, { leaseUntil });
  else begin(change, operation, { worker, leaseUntil });
  return { verdict: 'go', leaseMs: change.scene.timing.leaseMs };
}

function refusalOf(operation: OperationRecord | undefined, attempt: number, worker: string): ClaimVerdict | undefined {
  if (operation === undefined) return drop('the operation is not known');
  const { doc, stop } = operation;
  if (doc.state !== 'running') return drop(`the operation is ${doc.state}`);
  if (doc.attempt !== attempt) return drop(`attempt ${doc.attempt} is at work`);
  if (operation.worker !== null && operation.worker !== worker) return drop('another worker has claimed this attempt');
  return stop === null ? undefined : { verdict: 'stop', reason: stop.error.message };
}

function begin(change: Change, { doc }: OperationRecord, lease: { worker: string; leaseUntil: Date }): void {
  const id: OperationId = doc.id;
  const waitingFor = waitFor.worker(change.site.name, new Date(doc.deadlineAt));
  change.move(id, 'claimed', { doc: { step: 'started', waitingFor }, work: lease });
}
