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
import { changesBetween } from './plan-change.policy';
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
  const supersedes = supersededBy(doc.plan, plan);
  const approval: Approval = {
    id: approvalIdSchema.parse(operationIdOf('approval', supersedes === null ? id : `${id}/${doc.seq}`)),
    operationId: id,
    tenantId: doc.tenantId,
    projectId: doc.projectId,
    vmId: vm.doc.id,
    state: 'pending',
    reason: [...reasons, ...changedText(supersedes)].join('; '),
    requester: doc.requester,
    plan,
    expiresAt: expiresAt.toISOString(),
    onExpiry,
    decision: null,
    supersedes,
    error: null,
    createdAt: change.now.toISOString(),
    seq: 0,
  };
  change.tellApproval(approval, 'asked');
  const deadlineAt = after(expiresAt, timing.deadlineMs).toISOString();
  const waitingFor = waitFor.approval(expiresAt, onExpiry);
  const step = { state: 'pending_approval', step: 'waiting for approval', plan, waitingFor, deadlineAt } as const;
  change.move(id, 'approval-asked', { doc: { ...step, approvalId: approval.id }, work: { sends: 0 } });
}

/** The signed plan that another takes the place of, if there is one. */
function supersededBy(signed: PlanSummary | null, plan: PlanSummary): Approval['supersedes'] {
  const changes = signed === null ? [] : changesBetween(signed, plan);
  return signed === null || changes.length === 0 ? null : { planHash: signed.hash, changes };
}

const changedText = (supersedes: Approval['supersedes']): string[] =>
  supersedes === null ? [] : [`the plan changed since it was signed: ${supersedes.changes.join('; ')}`];

/** Closes the question about a plan that another has taken the place of, whatever was decided. */
export function supersede(change: Change, id: OperationId, changes: readonly string[]): void {
  const { approvalId } = change.operation(id).doc;
  const approval = approvalId === null ? undefined : change.approval(approvalId);
  if (approval === undefined) return;
  const error = {
    code: 'PLAN_CHANGED',
    message: `The plan changed since it was signed: ${changes.join('; ')}`,
  } as const;
  change.tellApproval({ ...approval, state: 'superseded', error }, 'superseded');
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
  if (approval.state === 'superseded') throw supersededRefusal(approval);
  if (approval.plan.hash !== decision.planHash) throw refuse('PLAN_CHANGED', differenceOf(approval, decision));
  if (approval.decision?.decision === decision.decision) return approval;
  if (approval.state !== 'pending') throw refuse('CONFLICT', `it is ${approval.state} already`);
  if (approval.requester === actor.principal) throw refuse('SELF_APPROVAL', 'its requester cannot decide on it');
  const { decision: verdict, comment } = decision;
  return close(change, approval, { by: actor.principal, decision: verdict, comment });
}

/** What a decision on a question that was closed for another one is refused with. */
export const supersededRefusal = ({ error }: Approval): DcmError =>
  refuse('PLAN_CHANGED', error?.message ?? 'another plan has taken the place of this one');

/** Whoever read the plan before learns what changed since. */
const differenceOf = ({ supersedes }: Approval, { planHash }: Decision): string =>
  supersedes?.planHash === planHash
    ? `the plan changed since then: ${supersedes.changes.join('; ')}`
    : 'it is about another plan';

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
