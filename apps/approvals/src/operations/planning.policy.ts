import { quotaDimensions, reasonTable } from '@dcm/contracts';
import type {
  DcmErrorBody,
  Fact,
  HypervisorErrorBody,
  OperationId,
  Plan,
  PlanSummary,
  PolicyVerdict,
  Price,
  QuotaChange,
} from '@dcm/contracts';
import { planCommand } from '../dispatch/command.mapper';
import { decideRetry } from '../dispatch/retry.policy';
import { rejectionOf } from '../policies/verdict.policy';
import { askApprovers, supersede } from './approval.policy';
import { part, placeIn, togetherWith } from './batch.policy';
import type { Change } from './change';
import { end } from './ending.policy';
import { failureOf } from './failure.mapper';
import { moveGate, openGate } from './outcome.policy';
import { changesBetween } from './plan-change.policy';
import { atPrice, ownPlanOf, planFor, plannedAmounts, summaryOf } from './plan.mapper';
import type { PlanTerms } from './terms.entity';
import { after, earliest } from './timing';
import { waitFor, waitForRest } from './waiting.mapper';

type Planned = Fact<'io.dcm.fact.planned.v1'>;

/** Asks the site for a plan, for the first time or again. */
export function askForPlan(change: Change, id: OperationId): void {
  const { doc, sends } = change.operation(id);
  const waitingFor = waitFor.plan(change.site.name, planUntil(change, doc.deadlineAt));
  const action = doc.state === 'planning' ? 'plan-asked-again' : 'planning';
  change.move(id, action, { doc: { state: 'planning', step: 'planning', waitingFor }, work: { sends: sends + 1 } });
  const { now, scene, vm } = change;
  change.send(planCommand({ now, installation: scene.installation, vm }, change.operation(id)));
}

export const planUntil = (change: Change, deadlineAt: string): Date =>
  earliest(after(change.now, change.scene.timing.planTimeoutMs), new Date(deadlineAt));

/** What the rooms beside this one say of a plan. */
export interface PlanVerdict {
  /** Why the planned amounts do not fit into the quota, if they do not. */
  readonly quotaError: DcmErrorBody | null;
  /** What the rules, or the project's thresholds, say of it. */
  readonly policy: PolicyVerdict;
  /** What the planned amounts cost while they run; null: no rate is known. */
  readonly price: Price | null;
  /** What becomes of the limits of its tenant and project. */
  readonly quota: readonly QuotaChange[];
}

/** What a verdict adds to a plan, for whoever reads it. */
export const termsOf = ({ price, quota, policy }: PlanVerdict): PlanTerms => ({
  price,
  quota,
  approval: policy.kind === 'ask' ? { reasons: policy.reasons, levels: policy.levels } : null,
});

/** Whether an operation still waits for its plan: another copy of it changes nothing. */
export const isAwaited = (change: Change, id: OperationId): boolean => change.operation(id).doc.state === 'planning';

/** Whether a plan was asked for before the one that is there now: it answers a question that has been answered since. */
export const isLate = ({ vm }: Change, { replaces }: Pick<Planned, 'replaces'>): boolean =>
  replaces !== undefined && replaces !== (vm.plannedAt?.toISOString() ?? null);

/** Whether the site can do it. */
export const isFeasible = (plan: Plan): boolean => refusalOf(plan) === null;

/**
 * A site that cannot do it refuses the request; otherwise the plan is signed by policy, or by a human. A plan that was signed before is
 * compared: nothing is made by a signature under another one.
 */
export function planAccepted(change: Change, id: OperationId, plan: Plan, verdict: PlanVerdict): void {
  if (!isAwaited(change, id)) return;
  openGate(change);
  const refusal = refusalOf(plan);
  if (refusal !== null) {
    end(change, id, { state: 'rejected', error: refusal });
    return;
  }
  const summary = summaryOf(change.vm, plan, termsOf(verdict), placeIn(change, id));
  const signed = change.operation(id).doc.plan;
  const changes = signed === null ? [] : changesBetween(signed, summary);
  const isConfirmed = signed !== null && changes.length === 0;
  // What was decided stays decided: rules look at the same plan once.
  const error = (isConfirmed ? null : rejectionOf(verdict.policy)) ?? verdict.quotaError;
  if (error !== null) {
    end(change, id, { state: 'rejected', error });
    return;
  }
  keep(change, id, plan, verdict);
  if (isConfirmed) confirm(change, id);
  else sign(change, id, summary, { verdict, changes });
}

/** What is planned is what each VM is made by, and held for it. */
function keep(change: Change, id: OperationId, plan: Plan, verdict: PlanVerdict): void {
  for (const { change: one } of togetherWith(change, id)) {
    const own = planFor(one.vm, change.vm, plan);
    if (!raisesLimits(verdict)) holdPlanned(one, own, verdict.price);
    one.noteVm({ plan: own, planPrice: verdict.price, plannedAt: change.now });
  }
}

function sign(
  change: Change,
  id: OperationId,
  plan: PlanSummary,
  { verdict, changes }: { readonly verdict: PlanVerdict; readonly changes: readonly string[] },
): void {
  if (changes.length > 0) supersede(change, id, changes);
  const { policy } = verdict;
  if (policy.kind === 'ask') askApprovers(change, id, plan, policy);
  else if (plan.total === undefined) enqueuePlan(change, id, plan, changes.length > 0 ? 'plan-changed' : 'queued');
  else enqueueAll(change, id, plan);
}

function enqueueAll(change: Change, id: OperationId, plan: PlanSummary): void {
  for (const one of togetherWith(change, id)) enqueuePlan(one.change, one.id, ownPlanOf(one.change.vm, plan), 'queued');
  part(change);
}

/** What was signed still holds: it is next, as it was when its plan turned out to be old. */
function confirm(change: Change, id: OperationId): void {
  const { doc, nextAt } = change.operation(id);
  const waitingFor = waitFor.capacity(change.site.name, new Date(doc.deadlineAt));
  const work = { nextAt: nextAt ?? change.now, sends: 0 };
  change.move(id, 'plan-confirmed', { doc: { state: 'queued', step: 'queued', waitingFor }, work });
}

/** Whether a create's plan is so old that it is asked for once more; what an attempt may have begun goes on as it was planned. */
export function isPlanOld(change: Change, id: OperationId): boolean {
  const { doc, isTouched } = change.operation(id);
  const { plannedAt } = change.vm;
  if (doc.kind !== 'vm.create' || isTouched) return false;
  return plannedAt === null || after(plannedAt, change.scene.timing.planFreshMs) <= change.now;
}

/** What exceeds the quota is held when those who may raise its limits have signed. */
const raisesLimits = ({ policy }: PlanVerdict): boolean => policy.kind === 'ask' && policy.raises !== undefined;

/** What is planned is held, exactly: an image may bring a larger disk than was asked for, and now its cost is known. */
function holdPlanned(change: Change, plan: Plan, price: Price | null): void {
  const { spec } = change.vm;
  const { amounts: held } = change.scene;
  if (spec === null) return;
  const amounts = atPrice({ ...plannedAmounts(spec, plan), snapshots: held?.snapshots ?? 0 }, price);
  if (held === null) change.ledger = { kind: 'hold', amounts };
  else if (quotaDimensions.some((dimension) => amounts[dimension] !== held[dimension]))
    change.ledger = { kind: 'plan', amounts };
}

/** What is signed by policy alone is next. */
export function enqueuePlan(
  change: Change,
  id: OperationId,
  plan: PlanSummary,
  action: 'queued' | 'plan-changed',
): void {
  const waitingFor = waitFor.capacity(change.site.name, new Date(change.operation(id).doc.deadlineAt));
  const doc = { state: 'queued', step: 'queued', plan, waitingFor, approvalId: null } as const;
  change.move(id, action, { doc, work: { nextAt: change.now, sends: 0 } });
}

/** Why a site cannot make what was planned; null: it can. */
export function refusalOf(plan: Plan): DcmErrorBody | null {
  const errors = plan.diagnostics.filter((one) => one.severity === 'error');
  const [first] = errors;
  if (first === undefined) return null;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const details = errors.map(({ pointer, message }) => ({ pointer, message }));
  return { code: 'PLAN_REFUSED', message: `Unable to make the VM on its site: ${first.message}${more}`, details };
}

/** What the site could not even look at is asked again while that helps. */
export function planFailed(change: Change, id: OperationId, error: HypervisorErrorBody): void {
  const { doc, sends } = change.operation(id);
  if (doc.state !== 'planning') return;
  const { now, site } = change;
  const facts = { now, deadline: new Date(doc.deadlineAt), failures: 0, attempt: sends };
  const uncounted = { ...error, countsAsAttempt: false };
  const gate = { pauses: site.pauses, pausedUntil: site.pausedUntil };
  const decision = decideRetry(uncounted, { ...facts, attempt: Math.max(1, sends), ...gate }, change.scene.timing);
  moveGate(change, decision.pauseMs, error);
  if (decision.kind === 'fail') {
    end(change, id, planRefused.has(error.code) ? refused(error) : { state: 'failed', error: failureOf(error) });
    return;
  }
  const plan = waitFor.plan(site.name, decision.at);
  const waitingFor = reasonTable[error.reason].pausesSite
    ? { ...waitForRest(site.name, error, decision.at), then: plan.then }
    : { ...plan, detail: error.message };
  change.move(id, 'plan-failed', { doc: { waitingFor } });
}

const planRefused: ReadonlySet<HypervisorErrorBody['code']> = new Set([
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'UNIMPLEMENTED',
]);

const refused = (error: HypervisorErrorBody): Parameters<typeof end>[2] => ({
  state: 'rejected',
  error: { code: 'PLAN_REFUSED', message: error.message },
});
