import {
  decodeMark,
  features,
  type Capability,
  type Feature,
  type Ownership,
  type VmRow,
  type VmStatus,
} from '@dcm/contracts';
import type { ReferenceVm } from './reference-hypervisor';

/** The mark of the original; a copy bears the same text under another uuid and belongs to nobody. */
export function ownershipOf(vm: ReferenceVm): Ownership | null {
  const mark = vm.mark === null ? null : decodeMark(vm.mark);
  return mark?.nativeIdentity === vm.uuid ? mark.ownership : null;
}

export const rowOf = (vm: ReferenceVm): VmRow => ({
  nativeId: vm.nativeId,
  name: vm.name,
  ownership: ownershipOf(vm),
  power: vm.power,
});

export const statusOf = (vm: ReferenceVm): VmStatus => ({
  ...rowOf(vm),
  complete: !vm.building,
  nativeState: vm.building ? 'building' : vm.power,
  cpus: vm.cpus,
  memoryMib: vm.memoryMib,
  disks: vm.disksGib.map((sizeGib) => ({ sizeGib })),
  addresses: [],
  guestTools: vm.toolsRunning ? 'running' : 'not-running',
  bootedAt: vm.bootedAt,
  changeVersion: null,
  observedAt: new Date().toISOString(),
});

const supported: ReadonlySet<Feature> = new Set<Feature>([
  'create-from-image',
  'create-blank',
  'power-soft',
  'power-hard',
  'power-suspend',
  'restart-soft',
  'resize-cold',
  'disk-grow',
]);

export const capabilities: readonly Capability[] = features.map((feature) => ({
  feature,
  support: supported.has(feature) ? 'SUPPORTED' : 'UNSUPPORTED',
  reason: supported.has(feature) ? '' : 'the reference hypervisor has nothing of the kind',
}));
