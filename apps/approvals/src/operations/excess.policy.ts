import { noAmount, type Approval, type LevelDecision, type OperationId, type ResourceAmount } from '@dcm/contracts';
import { beyond, sumOf, type Admission } from '../policies/admission.policy';
import { togetherWith } from './batch.policy';
import type { Change, LedgerMove } from './change';
import { atPrice, plannedAmounts } from './plan.mapper';
import { larger } from './size.policy';

type Owed = Extract<LedgerMove, { amounts: ResourceAmount }>;

/** What was not held because it exceeded the quota is held from now on, and limits that are in its way are raised, as was signed: for all that was signed together. */
export function takeExcess(
  change: Change,
  { operationId, raises }: Approval,
  { by }: LevelDecision,
  admission: Admission,
): void {
  if (raises === null) return;
  const all = togetherWith(change, operationId).flatMap((one) => {
    const owed = owedBy(one.change, one.id);
    return owed === null ? [] : [{ ...one, owed }];
  });
  if (all.length === 0) return;
  const { tenantId, projectId } = change.vm.doc;
  const beyondHeld = all.map(({ owed, change: { scene } }) => beyond(owed.amounts, scene.amounts));
  // Snapshots are counted beside: one that is gone since is not asked for again.
  const more = { ...beyondHeld.reduce(sumOf, noAmount), snapshots: 0 };
  change.raised = { quotas: admission.admitRaising([tenantId, projectId], more, raises), by };
  for (const one of all) one.change.ledger = one.owed;
}

/** What an operation holds once its plan is signed. */
function owedBy(change: Change, id: OperationId): Owed | null {
  const { vm, scene } = change;
  const { doc, goal } = change.operation(id);
  if (goal?.resize !== undefined) {
    return { kind: 'correct', amounts: larger(goal.resize.before, goal.resize.amounts) };
  }
  if (doc.kind !== 'vm.create' || vm.spec === null || vm.plan === null) return null;
  const amounts = atPrice(plannedAmounts(vm.spec, vm.plan), vm.planPrice);
  return { kind: scene.amounts === null ? 'hold' : 'plan', amounts };
}
