import type { Approval, LevelDecision, OperationId, ResourceAmount } from '@dcm/contracts';
import { beyond, type Admission } from '../policies/admission.policy';
import type { Change, LedgerMove } from './change';
import { atPrice, plannedAmounts } from './plan.mapper';
import { larger } from './size.policy';

/** What was not held because it exceeded the quota is held from now on, and limits that are in its way are raised, as was signed. */
export function takeExcess(
  change: Change,
  { operationId, raises }: Approval,
  { by }: LevelDecision,
  admission: Admission,
): void {
  const owed = raises === null ? null : owedBy(change, operationId);
  if (raises === null || owed === null) return;
  const { tenantId, projectId } = change.vm.doc;
  // Snapshots are counted beside: one that is gone since is not asked for again.
  const more = { ...beyond(owed.amounts, change.scene.amounts), snapshots: 0 };
  change.raised = { quotas: admission.admitRaising([tenantId, projectId], more, raises), by };
  change.ledger = owed;
}

/** What an operation holds once its plan is signed. */
function owedBy(change: Change, id: OperationId): Extract<LedgerMove, { amounts: ResourceAmount }> | null {
  const { vm, scene } = change;
  const { doc, goal } = change.operation(id);
  if (goal?.resize !== undefined) {
    return { kind: 'correct', amounts: larger(goal.resize.before, goal.resize.amounts) };
  }
  if (doc.kind !== 'vm.create' || vm.spec === null || vm.plan === null) return null;
  const amounts = atPrice(plannedAmounts(vm.spec, vm.plan), vm.planPrice);
  return { kind: scene.amounts === null ? 'hold' : 'plan', amounts };
}
