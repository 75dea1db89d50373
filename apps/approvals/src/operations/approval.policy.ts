import {
  approvalIdSchema,
  DcmError,
  levelOf,
  signedEarlier,
  type AdminActor,
  type AdminOutput,
  type Approval,
  type ApprovalLevel,
  type LevelDecision,
  type Operation,
  type OperationId,
  type PlanSummary,
  type Raisable,
} from '@dcm/contracts';
import { operationIdOf } from '@dcm/runtime';
import { Admission } from '../policies/admission.policy';
import { batchOf, part, togetherWith, waitWithLead } from './batch.policy';
import type { Change } from './change';
import { releaseDelete } from './delete.policy';
import { end } from './ending.policy';
import { takeExcess } from './excess.policy';
import { changesBetween } from './plan-change.policy';
import { askedOf, missing, seatsFor, wouldHelp } from './level.policy';
import { ownPlanOf } from './plan.mapper';
import { after, latest } from './timing';
import { waitFor } from './waiting.mapper';

const hourMs = 3_600_000;

/** Why people are asked, and who, one level after the other. */
export interface Question {
  readonly reasons: readonly string[];
  readonly levels: readonly ApprovalLevel[];
  /** Whose limits the last signature raises; absent: it fits. */
  readonly raises?: Raisable | undefined;
}

/**
 * Puts a plan before the approvers of the first level. The operation's deadline begins when all have decided.
 * @throws DcmError INTERNAL for a question without a level, or about no VM
 */
export function askApprovers(change: Change, id: OperationId, plan: PlanSummary, question: Question): void {
  const { reasons, levels, raises = null } = question;
  const { doc } = change.operation(id);
  const { vm } = change.scene;
  const [first] = levels;
  if (doc.projectId === null || vm === null || first === undefined)
    throw new DcmError('INTERNAL', 'Unable to ask for approval: no VM is known, or nobody is to be asked');
  const supersedes = supersededBy(doc.plan, plan);
  const batch = plan.total === undefined ? undefined : batchOf(change);
  const approval: Approval = {
    id: approvalIdSchema.parse(operationIdOf('approval', supersedes === null ? id : `${id}/${doc.seq}`)),
    operationId: id,
    tenantId: doc.tenantId,
    projectId: doc.projectId,
    vmId: vm.doc.id,
    ...(batch !== undefined && { batch }),
    state: 'pending',
    reason: [...reasons, ...changedText(supersedes)].join('; '),
    requester: doc.requester,
    plan,
    expiresAt: expiryOf(change, first),
    onExpiry: first.onExpiry,
    levels: [...levels],
    level: 0,
    decisions: [],
    decision: null,
    supersedes,
    raises,
    error: null,
    createdAt: change.now.toISOString(),
    seq: 0,
  };
  change.tellApproval(approval, 'asked');
  change.move(id, 'approval-asked', {
    doc: { state: 'pending_approval', plan, approvalId: approval.id, ...waitingOf(change, approval) },
    work: { sends: 0 },
  });
  if (batch !== undefined) waitWithLead(change);
}

const expiryOf = (change: Change, { expiresInHours }: ApprovalLevel): string =>
  after(change.now, expiresInHours * hourMs).toISOString();

/** What an operation says while a level is asked. */
function waitingOf(change: Change, approval: Approval): Pick<Operation, 'step' | 'waitingFor' | 'deadlineAt'> {
  const expiresAt = new Date(approval.expiresAt);
  return {
    step: 'waiting for approval',
    waitingFor: waitFor.approval(askedOf(approval), expiresAt, isLast(approval) ? lastly(approval) : approval.onExpiry),
    deadlineAt: after(expiresAt, change.scene.timing.deadlineMs).toISOString(),
  };
}

const isLast = ({ level, levels }: Approval): boolean => level + 1 >= levels.length;
const lastly = ({ onExpiry }: Approval): 'approve' | 'reject' => (onExpiry === 'approve' ? 'approve' : 'reject');

/** The signed plan that another takes the place of, if there is one. */
function supersededBy(signed: PlanSummary | null, plan: PlanSummary): Approval['supersedes'] {
  const changes = signed === null ? [] : changesBetween(signed, plan);
  return signed === null || changes.length === 0 ? null : { planHash: signed.hash, changes };
}

const changedText = (supersedes: Approval['supersedes']): string[] =>
  supersedes === null ? [] : [`the plan changed since it was signed: ${supersedes.changes.join('; ')}`];

/** Closes the question about a plan that another has taken the place of, whatever was decided; what was decided for several still holds for the others. */
export function supersede(change: Change, id: OperationId, changes: readonly string[]): void {
  const { approvalId } = change.operation(id).doc;
  const approval = approvalId === null ? undefined : change.approval(approvalId);
  if (approval === undefined || approval.batch !== undefined) return;
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
  /** The level that was shown; absent: whichever is asked now. */
  readonly level?: number | undefined;
}

/** Who decides, and the locked quota where an approval may raise it (`mayRaise`). */
export interface Decider extends AdminActor {
  readonly admission?: Admission;
}

/** Whether an approval may need the locks of its tenant's and project's quota. */
export const mayRaise = (change: Change, approvalId: string): boolean => {
  const approval = change.approval(approvalId);
  return approval?.state === 'pending' && approval.raises !== null && isLast(approval);
};

/**
 * Takes a person's decision on the level that is asked now. The same decision again is the same answer; on a closed question, by whomever. One
 * rejection rejects. A level ends when it has its approvals; the last one lets the operation go on. Whoever approved a level cannot approve a
 * later one, and the requester none.
 * @throws DcmError PERMISSION_DENIED, SELF_APPROVAL, PLAN_CHANGED, CONFLICT.
 */
export function decide(
  change: Change,
  approval: Approval,
  decision: Decision,
  actor: Decider,
): AdminOutput<'approval.decide'> {
  assertSigns(approval, decision, actor);
  const { decision: verdict, comment } = decision;
  if (approval.decision?.decision === verdict || hasSaid(approval, actor, decision)) return approval;
  assertOpen(approval, actor);
  const { level } = approval;
  if (decision.level !== undefined && decision.level !== level)
    throw refuse('CONFLICT', `its level ${decision.level + 1} is over: it asks ${askedOf(approval)} now`);
  const seats = seatsFor(levelOf(approval), actor);
  if (seats.length === 0) throw refuse('PERMISSION_DENIED', `it asks ${askedOf(approval)} now`);
  const said = { by: actor.principal, level, decision: verdict, comment, at: change.now.toISOString(), seats };
  if (verdict === 'reject') return close(change, withDecision(approval, said), said);
  return sign(change, approval, said, actor.admission ?? new Admission([]));
}

/** One more of those that the level wants. */
function sign(change: Change, approval: Approval, said: LevelDecision, admission: Admission): Approval {
  assertHelps(approval, said);
  const next = withDecision(approval, said);
  if (missing(next) === 0) {
    if (isLast(next)) takeExcess(change, next, said, admission);
    return advance(change, next, said);
  }
  const told = change.tellApproval(next, 'signed', said.by);
  change.move(approval.operationId, 'approval-signed', { doc: waitingOf(change, told) }, said.by);
  return told;
}

const withDecision = (approval: Approval, said: LevelDecision): Approval => ({
  ...approval,
  decisions: [...approval.decisions, said],
});

/** Whether somebody who may decide signs the plan that is asked about. */
function assertSigns(approval: Approval, decision: Decision, actor: AdminActor): void {
  if (!mayEver(approval, actor)) throw refuse('PERMISSION_DENIED', 'it takes an approver');
  if (approval.state === 'superseded') throw supersededRefusal(approval);
  if (approval.plan.hash !== decision.planHash) throw refuse('PLAN_CHANGED', differenceOf(approval, decision));
}

function assertOpen({ state, requester }: Approval, { principal }: AdminActor): void {
  if (state !== 'pending') throw refuse('CONFLICT', `it is ${state} already`);
  if (requester === principal) throw refuse('SELF_APPROVAL', 'its requester cannot decide on it');
}

/** Whether any level is for somebody: who reads that much may be told the rest. */
const mayEver = (approval: Approval, actor: AdminActor): boolean =>
  [levelOf(approval), ...approval.levels].some((level) => seatsFor(level, actor).length > 0);

/** Whether somebody said the same before: at the level that was shown to them; else at the one that is asked now, or at any if that is not for them. */
function hasSaid(approval: Approval, actor: AdminActor, { decision, level: shown }: Decision): boolean {
  const isForThem = seatsFor(levelOf(approval), actor).length > 0;
  const said = approval.decisions.filter((one) => one.by === actor.principal && one.decision === decision);
  return said.some(({ level }) => (shown === undefined ? !isForThem || level === approval.level : level === shown));
}

function assertHelps(approval: Approval, said: LevelDecision): void {
  if (signedEarlier(approval, said.by))
    throw refuse(
      'PERMISSION_DENIED',
      'whoever approved an earlier level cannot approve this one: it takes another person',
    );
  if (!wouldHelp(approval, said))
    throw refuse('CONFLICT', 'somebody else has decided in their place: it takes the others');
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

/** Nobody decided in time: what the level says of that holds. */
export function expire(change: Change, approval: Approval): void {
  const { level, onExpiry } = approval;
  // No limit is raised because nobody answered.
  if (onExpiry === 'approve' && !(isLast(approval) && approval.raises !== null)) {
    const comment = 'nobody decided in time';
    const at = change.now.toISOString();
    const said: LevelDecision = { by: 'system', level, decision: 'approve', comment, at, seats: [] };
    advance(change, withDecision(approval, said), said);
    return;
  }
  if (onExpiry === 'escalate' && !isLast(approval)) {
    askNext(change, approval, 'escalated', 'system');
    return;
  }
  change.tellApproval({ ...approval, state: 'expired' }, 'expired');
  const message = `Nobody decided on the request before ${approval.expiresAt}`;
  end(change, approval.operationId, { state: 'expired', error: { code: 'APPROVAL_EXPIRED', message } });
}

/** A level has what it takes: the next one is asked, or the question is closed. */
const advance = (change: Change, approval: Approval, said: LevelDecision): Approval =>
  isLast(approval) ? close(change, approval, said) : askNext(change, approval, 'level-approved', said.by);

function askNext(change: Change, approval: Approval, action: string, by: string): Approval {
  const level = approval.level + 1;
  const next = levelOf({ ...approval, level });
  const asked = { ...approval, level, expiresAt: expiryOf(change, next), onExpiry: next.onExpiry };
  const told = change.tellApproval(asked, action, by);
  change.move(approval.operationId, action, { doc: waitingOf(change, told) }, by);
  waitWithLead(change);
  return told;
}

function close(change: Change, approval: Approval, { by, decision, comment, at }: LevelDecision): Approval {
  const state = decision === 'approve' ? 'approved' : 'rejected';
  const closed = change.tellApproval({ ...approval, state, decision: { by, decision, comment, at } }, state, by);
  if (state === 'approved') release(change, closed, by);
  else reject(change, closed);
  return closed;
}

/** From now on the operation has the whole of its time again; so has each of several that were decided together. */
function release(change: Change, { operationId: id, plan }: Approval, by: string): void {
  if (change.operation(id).doc.kind === 'vm.delete') {
    releaseDelete(change, id, by);
    return;
  }
  const deadline = after(change.now, change.scene.timing.deadlineMs);
  const waitingFor = waitFor.capacity(change.site.name, deadline);
  const doc = { state: 'queued', step: 'queued', waitingFor, deadlineAt: deadline.toISOString() } as const;
  for (const one of togetherWith(change, id)) {
    const own = plan.total === undefined ? {} : { plan: ownPlanOf(one.change.vm, plan) };
    const work = { nextAt: latest(change.now, one.change.vm.quietAt) };
    one.change.move(one.id, 'approved', { doc: { ...doc, ...own }, work }, by);
  }
  part(change);
}

function reject(change: Change, { operationId, decision }: Approval): void {
  const comment = decision === null || decision.comment === '' ? '' : `: ${decision.comment}`;
  const by = decision?.by ?? 'system';
  const error = { code: 'APPROVAL_REJECTED', message: `The request was rejected by ${by}${comment}` } as const;
  end(change, operationId, { state: 'rejected', error, actor: by });
}
