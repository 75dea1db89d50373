import assert from 'node:assert/strict';
import type { SnapshotFacet, VmStatus } from '@dcm/contracts';
import type { Trial, TrialVm } from './trial';
import type { TrialContextOptions } from './trial-context';

/** @throws AssertionError when an adapter declares snapshots and has none. */
export function required(facet: SnapshotFacet | undefined): SnapshotFacet {
  assert.ok(facet, 'the adapter declares snapshots and has them');
  return facet;
}

/** Takes a snapshot without memory. */
export const takes = (
  trial: Trial,
  vm: TrialVm,
  name: string,
  { description = '', ...options }: TrialContextOptions & { readonly description?: string } = {},
): Promise<VmStatus> => {
  const snapshot = { name, description, memory: false };
  return required(trial.port.snapshots).createSnapshot(vm.ref, snapshot, trial.context(vm.instance, options));
};

/** The snapshots of a VM, each after the one that it stands on. */
export async function snapshotsOf(trial: Trial, vm: TrialVm): Promise<{ name: string; isCurrent: boolean }[]> {
  const list = await required(trial.port.snapshots).listSnapshots(vm.ref, trial.look());
  for (const { createdAt } of list) assert.ok(!Number.isNaN(Date.parse(createdAt)), `${createdAt} is a time`);
  return list.map(({ name, isCurrent }) => ({ name, isCurrent }));
}
