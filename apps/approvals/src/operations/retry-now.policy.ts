import { DcmError, type OperationId } from '@dcm/contracts';
import { sendAgain } from '../dispatch/dispatch.policy';
import type { Change } from './change';
import { isClaimed, type OperationRecord } from './operation.entity';
import { askForPlan } from './planning.policy';
import { latest } from './timing';
import { waitFor } from './waiting.mapper';

/**
 * Tries a waiting operation now instead of when its wait is over: a plan is asked for again, an unclaimed message is sent again, a back-off
 * ends, a paused site is probed. Only one thing is waited for all the same: that no earlier attempt can act any more.
 * @throws DcmError CONFLICT for an operation that has ended, is being worked on, or waits for something else than time.
 */
export function retryNow(change: Change, id: OperationId, by: string): void {
  const operation = change.operation(id);
  const cause = hindrance(operation);
  if (cause !== null) throw new DcmError('CONFLICT', `Unable to retry operation ${id}: ${cause}`);
  const { pausedUntil } = change.site;
  if (pausedUntil !== null && pausedUntil > change.now) change.gate = { kind: 'probe' };
  const { state } = operation.doc;
  if (state === 'planning') askForPlan(change, id);
  else if (state === 'running') sendAgain(change, id);
  else dueNow(change, operation, by);
}

function hindrance(operation: OperationRecord): string | null {
  const { doc, nextAt } = operation;
  if (doc.done) return `it is ${doc.state} already`;
  if (isClaimed(operation)) return 'a provisioner works on it';
  if (doc.state === 'accepted' || doc.state === 'pending_approval' || (doc.state === 'queued' && nextAt === null)) {
    return `it waits for something else: ${doc.waitingFor?.detail ?? doc.step}`;
  }
  return null;
}

function dueNow(change: Change, { doc, quietAt }: OperationRecord, by: string): void {
  const nextAt = latest(change.now, quietAt, change.vm.quietAt);
  const waitingFor =
    nextAt > change.now
      ? waitFor.retry('an earlier attempt may still act', nextAt)
      : waitFor.capacity(change.site.name, new Date(doc.deadlineAt));
  change.move(doc.id, 'retry-asked', { doc: { waitingFor }, work: { nextAt } }, by);
}
