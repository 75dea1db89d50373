import { plannedAmountSchema, type PlanSummary, type PolicyVerdict } from '@dcm/contracts';
import { canonicalJson, sha256Hex } from '@dcm/runtime';
import { askApprovers } from '../operations/approval.policy';
import { beginOperation, placeOf, type OperationOrder } from '../operations/begin.mapper';
import type { Change } from '../operations/change';
import { deleteRefusal } from '../operations/delete.policy';
import { isGone } from '../operations/ending.policy';
import { askedAmounts } from '../operations/plan.mapper';
import type { RuleBook } from '../policies/facts.entity';
import { deleteSubject } from '../policies/subject.mapper';
import { rejectionOf, verdictOf } from '../policies/verdict.policy';
import { refuse } from './create.policy';

/** Whether rules have a say: not about what cannot be, nor about a VM of which nothing is left. */
export const mayBeGoverned = (change: Change): boolean => deleteRefusal(change) === null && !isGone(change.vm);

/** What rules say of a delete; without any it needs nobody. */
export const verdictOnDelete = (
  { vm, scene, now }: Change,
  { requester }: OperationOrder,
  book: RuleBook | null,
): PolicyVerdict =>
  verdictOf(deleteSubject(vm.doc, requester), { book, thresholds: scene.policy, now, isQuotaExceeded: false });

/**
 * Refuses a delete, or puts it before people. Until they have decided the VM is not touched, and whatever else works on it goes on: such a delete
 * does not hold the VM.
 */
export function putDelete(
  change: Change,
  order: OperationOrder,
  verdict: Exclude<PolicyVerdict, { kind: 'approve' }>,
): void {
  const rejection = rejectionOf(verdict);
  if (rejection !== null) refuse(change, order, placeOf(change.vm.doc), rejection);
  if (verdict.kind !== 'ask') return;
  const plan = summaryOfDelete(change, verdict);
  const begun = beginOperation(order, placeOf(change.vm.doc), change.scene);
  const doc = { ...begun.doc, state: 'planning', step: 'planning', plan } as const;
  change.begin({ ...begun, doc, holdsVm: false }, order.requester);
  askApprovers(change, order.id, plan, { reasons: verdict.reasons, levels: verdict.levels });
}

/** What the approver signs: which VM is to go, and what it takes now. */
function summaryOfDelete(
  { vm, scene }: Change,
  { reasons, levels }: Extract<PolicyVerdict, { kind: 'ask' }>,
): PlanSummary {
  const { id, name, site, platform } = vm.doc;
  const amounts = plannedAmountSchema.parse(scene.amounts ?? askedAmounts(vm.doc));
  const hash = sha256Hex(canonicalJson({ deletes: id, name, site, platform, amounts }));
  const nothing = { image: null, networks: [], scope: {}, losses: [], warnings: [], quota: [], price: null };
  return { hash, site, platform, amounts, approval: { reasons: [...reasons], levels: [...levels] }, ...nothing };
}
