import {
  approvalIdSchema,
  DcmError,
  type AdminActor,
  type AdminOutput,
  type Approval,
  type OperationId,
  type PlanSummary,
} from '@dcm/contracts';
import { operationIdOf } from '@dcm/runtime';
import type { Change } from './change';
import { end } from './ending.policy';
import { after, latest } from './timing';
import { waitFor } from './waiting.mapper';

const hourMs = 3_600_000;
const deciders: readonly string[] = ['approver', 'tenant-admin', 'platform-admin'];

/** Puts a plan before the approvers. The operation's deadline begins when they have decided. */
export function askApprovers(change: Change, id: OperationId, plan: PlanSummary, reasons: readonly string[]): void {
  const { doc } = change.operation(id);
  const { policy, timing, vm } = change.scene;
  const expiresAt = after(change.now, (policy?.approvalTtlHours ?? 72) * hourMs);
  const onExpiry = policy?.onExpiry ?? 'reject';
  if (doc.projectId === null || vm === null)
    throw new DcmError('INTERNAL', 'Unable to ask for approval: no VM is known');
  const approval: Approval = {
    id: approvalIdSchema.parse(operationIdOf('approval', id)),
    operationId: id,
    tenantId: doc.tenantId,
    projectId: doc.projectId,
    vmId: vm.doc.id,
    state: 'pending',
    reason: reasons.join('; '),
    requester: doc.requester,
    plan,
    expiresAt: expiresAt.toISOString(),
    onExpiry,
    decision: null,
    createdAt: change.now.toISOString(),
    seq: 0,
  };
  change.tellApproval(approval, 'asked');
  const deadlineAt = after(expiresAt, timing.deadlineMs).toISOString();
  const waitingFor = waitFor.approval(expiresAt, onExpiry);
  const step = { state: 'pending_approval', step: 'waiting for approval', plan, waitingFor, deadlineAt } as const;
  change.move(id, 'approval-asked', { doc: { ...step, approvalId: approval.id }, work: { sends: 0 } });
}

export interface Decision {
  readonly decision: 'approve' | 'reject';
  readonly planHash: string;
  readonly comment: string;
}

/**
 * Takes an approver's decision. The same decision again, by whomever, is the same answer.
 * @throws DcmError PERMISSION_DENIED, SELF_APPROVAL, PLAN_CHANGED, CONFLICT.
 */
export function decide(
  change: Change,
  approval: Approval,
  decision: Decision,
  actor: AdminActor,
): AdminOutput<'approval.decide'> {
  if (!actor.roles.some((role) => deciders.includes(role))) throw refuse('PERMISSION_DENIED', 'it takes an approver');
  if (approval.plan.hash !== decision.planHash) throw refuse('PLAN_CHANGED', 'it is about another plan');
  if (approval.decision?.decision === decision.decision) return approval;
  if (approval.state !== 'pending') throw refuse('CONFLICT', `it is ${approval.state} already`);
  if (approval.requester === actor.principal) throw refuse('SELF_APPROVAL', 'its requester cannot decide on it');
  const { decision: verdict, comment } = decision;
  return close(change, approval, { by: actor.principal, decision: verdict, comment });
}

const refuse = (code: ConstructorParameters<typeof DcmError>[0], cause: string): DcmError =>
  new DcmError(code, `Unable to decide on the approval: ${cause}`);

/** Nobody decided in time: the policy's default holds. */
export function expire(change: Change, approval: Approval): void {
  if (approval.onExpiry === 'approve') {
    close(change, approval, { by: 'system', decision: 'approve', comment: 'nobody decided in time' });
    return;
  }
  change.tellApproval({ ...approval, state: 'expired' }, 'expired');
  const message = `Nobody decided on the request before ${approval.expiresAt}`;
  end(change, approval.operationId, { state: 'expired', error: { code: 'APPROVAL_EXPIRED', message } });
}

function close(
  change: Change,
  approval: Approval,
  decision: { by: string; decision: 'approve' | 'reject'; comment: string },
): Approval {
  const at = change.now.toISOString();
  const state = decision.decision === 'approve' ? 'approved' : 'rejected';
  const closed = change.tellApproval({ ...approval, state, decision: { ...decision, at } }, state, decision.by);
  if (state === 'approved') release(change, approval.operationId, decision.by);
  else reject(change, closed);
  return closed;
}

/** From now on the operation has the whole of its time again. */
function release(change: Change, id: OperationId, by: string): void {
  const deadline = after(change.now, change.scene.timing.deadlineMs);
  const waitingFor = waitFor.capacity(change.site.name, deadline);
  const doc = { state: 'queued', step: 'queued', waitingFor, deadlineAt: deadline.toISOString() } as const;
  change.move(id, 'approved', { doc, work: { nextAt: latest(change.now, change.vm.quietAt) } }, by);
}

function reject(change: Change, { operationId, decision }: Approval): void {
  const comment = decision === null || decision.comment === '' ? '' : `: ${decision.comment}`;
  const by = decision?.by ?? 'system';
  const error = { code: 'APPROVAL_REJECTED', message: `The request was rejected by ${by}${comment}` } as const;
  end(change, operationId, { state: 'rejected', error, actor: by });
}
