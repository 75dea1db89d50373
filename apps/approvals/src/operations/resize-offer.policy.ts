import { plannedAmountSchema, type OperationId, type PlanSummary, type PolicyVerdict } from '@dcm/contracts';
import { canonicalJson, sha256Hex } from '@dcm/runtime';
import { runningPriceOf } from '../billing/price.policy';
import { beyond, type Admission } from '../policies/admission.policy';
import { resizeSubject } from '../policies/subject.mapper';
import { rejectionOf, ruleOnExcess, verdictOf, type Circumstances } from '../policies/verdict.policy';
import { quotaChangesOf } from '../quota/quota.mapper';
import { askApprovers, supersede } from './approval.policy';
import type { Change } from './change';
import { end } from './ending.policy';
import type { ResizeGoal } from './goal.entity';
import { changesBetween } from './plan-change.policy';
import { atPrice } from './plan.mapper';
import { enqueuePlan, termsOf, type PlanVerdict } from './planning.policy';
import { larger } from './size.policy';
import type { PlanTerms } from './terms.entity';
import { after } from './timing';

/** What the approver of a resize signs: the VM, as it will be. */
export function summaryOfResize(
  { vm, site }: Change,
  goal: ResizeGoal,
  { price, quota, approval }: PlanTerms,
): PlanSummary {
  const { target, size, amounts } = goal;
  const { name, platform } = site;
  const planned = plannedAmountSchema.parse(amounts);
  const signed = { vmId: vm.doc.id, target, size, amounts: planned, price, site: name, platform };
  const hash = sha256Hex(canonicalJson(signed));
  const nothing = { image: null, networks: [], scope: {}, losses: [], warnings: [] };
  return { hash, site: name, platform, amounts: planned, price, quota: [...quota], approval, ...nothing };
}

/** What rules, or the thresholds, say of a resize. */
export function verdictOnResize(
  { vm, scene, now }: Change,
  goal: ResizeGoal,
  requester: string,
  { price, ...around }: Pick<Circumstances, 'book' | 'isQuotaExceeded'> & Pick<PlanVerdict, 'price'>,
): PolicyVerdict {
  const view = { amounts: goal.amounts, price, losses: [], warnings: [] };
  const subject = resizeSubject(vm.doc, goal, view, requester);
  return verdictOf(subject, { ...around, thresholds: scene.policy, now });
}

/** A resize at the price of now. `change.tariff` holds the rates. */
export function atPresentPrice({ vm, tariff, now }: Change, goal: ResizeGoal): ResizeGoal {
  const price = runningPriceOf(goal.amounts, tariff.rates, { ...vm.doc, size: goal.sizeName }, now);
  return { ...goal, price, amounts: atPrice(goal.amounts, price) };
}

/** Whether what a resize costs was looked up so long ago that it is looked up once more; what an attempt may have begun goes on as it was signed. */
export function isOfferOld(change: Change, id: OperationId): boolean {
  const { doc, goal, isTouched } = change.operation(id);
  if (goal?.resize === undefined || isTouched) return false;
  return after(new Date(doc.createdAt), change.scene.timing.planFreshMs) <= change.now;
}

/**
 * Compares an old offer with what the resize costs now. Where it costs something else the rules decide anew: nothing is begun by a signature
 * under another price.
 * @param admission of the locked quota of its tenant and project
 * @returns whether it may begin.
 */
export function judgeAgain(change: Change, id: OperationId, admission: Admission): boolean {
  const { doc, goal } = change.operation(id);
  const before = goal?.resize;
  if (before === undefined) return true;
  const resize = atPresentPrice(change, before);
  const verdict = verdictNow(change, doc.requester, resize, admission);
  const plan = summaryOfResize(change, resize, termsOf(verdict));
  const changes = doc.plan === null ? [] : changesBetween(doc.plan, plan);
  if (changes.length === 0) return true;
  change.move(id, 'planning', { doc: { state: 'planning', step: 'planning' } });
  const { policy } = verdict;
  const refused = rejectionOf(policy) ?? verdict.quotaError;
  supersede(change, id, changes);
  if (refused !== null) {
    end(change, id, { state: 'rejected', error: refused });
    return false;
  }
  change.note(id, { goal: { ...goal, resize } });
  const isOver = policy.kind === 'ask' && policy.raises !== undefined;
  if (!isOver) change.ledger = { kind: 'correct', amounts: larger(resize.before, resize.amounts) };
  if (policy.kind === 'ask') {
    askApprovers(change, id, plan, policy);
    return false;
  }
  enqueuePlan(change, id, plan, 'plan-changed');
  return true;
}

function verdictNow(change: Change, requester: string, resize: ResizeGoal, admission: Admission): PlanVerdict {
  const { vm, scene, tariff } = change;
  const { price = null, amounts } = resize;
  const scopes = [vm.doc.tenantId, vm.doc.projectId];
  // Snapshots are counted beside: one that is gone since is not asked for again.
  const more = { ...beyond(amounts, scene.amounts), snapshots: 0 };
  const excess = admission.excess(scopes, more);
  const isQuotaExceeded = excess !== null;
  const said = verdictOnResize(change, resize, requester, { book: tariff.book, price, isQuotaExceeded });
  if (!isQuotaExceeded && said.kind !== 'reject') admission.admit(scopes, more);
  return { ...ruleOnExcess(said, excess), price, quota: quotaChangesOf(tariff.quotas, amounts, scene.amounts) };
}
