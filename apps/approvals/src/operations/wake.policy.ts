import type { DcmErrorBody, Operation, OperationId } from '@dcm/contracts';
import { sendAgain, waitForPlace } from '../dispatch/dispatch.policy';
import { expire } from './approval.policy';
import { leadOf, placeIn, waitWithLead } from './batch.policy';
import type { Change } from './change';
import { end } from './ending.policy';
import type { OperationRecord } from './operation.entity';
import { idleWork, quietAtOf } from './outcome.policy';
import { askForPlan } from './planning.policy';
import { stop } from './stop.policy';
import { after } from './timing';
import { waitFor } from './waiting.mapper';

/** Acts on what an operation waited for and that did not come in time. For one that waits for the first of its request, that one acts. */
export function wake(change: Change, id: OperationId): void {
  const lead = leadOf(change);
  if (lead === undefined || lead.id === id || placeIn(change, id) === undefined) {
    wakeOne(change, id);
    return;
  }
  wakeOne(lead.change, lead.id);
  waitWithLead(change);
}

function wakeOne(change: Change, id: OperationId): void {
  const operation = change.find(id);
  if (operation === undefined || operation.doc.done) return;
  const { doc, leaseUntil } = operation;
  if (leaseUntil !== null && leaseUntil <= change.now) {
    leaseExpired(change, operation, leaseUntil);
    return;
  }
  if (isOverdue(change, doc)) deadlineReached(change, operation);
  else if (isDue(change, doc)) act(change, operation);
}

const isOverdue = (change: Change, doc: Operation): boolean =>
  doc.state !== 'pending_approval' && new Date(doc.deadlineAt) <= change.now;

const isDue = (change: Change, { waitingFor }: Operation): boolean =>
  waitingFor !== null && new Date(waitingFor.until) <= change.now;

function act(change: Change, { doc, worker }: OperationRecord): void {
  if (doc.state === 'planning') askForPlan(change, doc.id);
  else if (doc.state === 'pending_approval') expireApproval(change, doc.id);
  else if (doc.state === 'running' && worker === null) sendAgain(change, doc.id);
  else if (doc.state === 'queued') waitForPlace(change, doc.id);
}

function expireApproval(change: Change, id: OperationId): void {
  const approval = change.pendingApproval(id);
  if (approval !== undefined) expire(change, approval);
}

const overdue = ({ deadlineAt }: Operation): DcmErrorBody => ({
  code: 'DEADLINE_EXCEEDED',
  message: `The operation did not end before its deadline ${deadlineAt}`,
});

/** What nobody works on expires; what runs is told to stop. */
function deadlineReached(change: Change, operation: OperationRecord): void {
  const { doc, worker } = operation;
  if (doc.state === 'running' && worker !== null) stop(change, doc.id, { state: 'failed', error: overdue(doc) });
  else end(change, doc.id, { state: 'expired', error: overdue(doc) });
}

/**
 * A worker fell silent. Its last call may still be under way for as long as a call takes: only then is the next attempt
 * dispatched, or the operation ended with an effect that nobody knows.
 */
function leaseExpired(change: Change, operation: OperationRecord, leaseUntil: Date): void {
  const { doc, failures } = operation;
  const { timing } = change.scene;
  const quietAt = quietAtOf(change, leaseUntil);
  if (operation.stop !== null) {
    if (after(leaseUntil, timing.callTimeoutMs) > change.now) return;
    end(change, doc.id, { ...operation.stop, effect: 'UNKNOWN' });
    return;
  }
  change.note(doc.id, { isTouched: true, quietAt, failures: failures + 1 });
  if (failures + 1 >= timing.maxAttempts || quietAt >= new Date(doc.deadlineAt)) {
    end(change, doc.id, { state: 'failed', error: silence(doc), effect: 'UNKNOWN' });
    return;
  }
  const waitingFor = waitFor.retry('the provisioner fell silent', quietAt);
  const work = { ...idleWork, nextAt: quietAt };
  change.move(doc.id, 'lease-expired', { doc: { state: 'queued', step: 'queued', waitingFor }, work });
}

const silence = ({ attempt }: Operation): DcmErrorBody => ({
  code: 'OUTCOME_UNKNOWN',
  message: `The provisioner fell silent in attempt ${attempt}; the VM is looked for`,
});
