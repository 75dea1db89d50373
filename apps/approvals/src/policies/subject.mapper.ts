import { requestedNameOf, type Operation, type Vm, type VmSpec } from '@dcm/contracts';
import type { ResizeGoal } from '../operations/goal.entity';
import { askedAmounts } from '../operations/plan.mapper';
import type { CurrentFacts } from './facts.entity';
import type { PlanView, Subject } from './facts.mapper';

/**
 * A VM that is to be made. Without a spec it was refused at once, and is described by what everybody sees.
 * @param asked `batch`: it stands for all VMs of its request, under the request's name
 */
export const createSubject = (
  vm: Vm,
  spec: VmSpec | null,
  plan: PlanView | null,
  { requester, batch }: Pick<Operation, 'requester' | 'batch'>,
): Subject => ({
  kind: 'vm.create',
  vm: { ...vm, name: requestedNameOf(vm.name, batch) },
  count: batch?.count ?? 1,
  spec,
  size: spec ?? vm,
  amounts: plan?.amounts ?? null,
  current: null,
  plan,
  labels: spec?.labels,
  requester,
});

/** A VM that is to get another size. */
export const resizeSubject = (vm: Vm, goal: ResizeGoal, plan: PlanView | null, requester: string): Subject => ({
  kind: 'vm.resize',
  vm: { ...vm, size: goal.sizeName },
  spec: null,
  size: goal.size,
  amounts: goal.amounts,
  current: { cpus: goal.before.vcpus, memoryMib: goal.before.memoryMib, diskGib: goal.before.diskGib },
  plan,
  labels: goal.labels,
  deletionProtection: goal.deletionProtection,
  requester,
});

const takenBy = (vm: Vm): CurrentFacts => {
  const { vcpus, memoryMib, diskGib } = askedAmounts(vm);
  return { cpus: vcpus, memoryMib, diskGib };
};

/** A VM that is to go. */
export const deleteSubject = (vm: Vm, requester: string): Subject => ({
  kind: 'vm.delete',
  vm,
  spec: null,
  size: vm,
  amounts: null,
  current: takenBy(vm),
  plan: null,
  requester,
});
