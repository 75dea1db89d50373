import {
  decodeMark,
  features,
  type Address,
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

const notRouted = /^(127\.|169\.254\.|::1$|fe[89ab][0-9a-f]:)/i;

/** Interfaces that exist in the guest alone (a container bridge) are none of the VM's; the first address that leads anywhere is its own. */
function addressesOf({ addresses, mac }: ReferenceVm): Address[] {
  const own = addresses.filter((one) => one.mac === mac && !notRouted.test(one.address));
  return own.map(({ address }, index) => ({
    ...{ address, mac, network: 'lan', source: 'guest-agent' },
    ...{ primary: index === 0, seenAt: new Date().toISOString() },
  }));
}

/** Each after the one that it stands on. */
export const snapshotsOf = (vm: ReferenceVm): { name: string; createdAt: string; isCurrent: boolean }[] =>
  vm.snapshots.map(({ name, createdAt }) => ({ name, createdAt, isCurrent: name === vm.currentSnapshot }));

export const statusOf = (vm: ReferenceVm): VmStatus => ({
  ...rowOf(vm),
  complete: !vm.building,
  nativeState: vm.building ? 'building' : vm.power,
  cpus: vm.cpus,
  memoryMib: vm.memoryMib,
  disks: vm.disksGib.map((sizeGib) => ({ sizeGib })),
  addresses: vm.toolsRunning ? addressesOf(vm) : [],
  snapshots: snapshotsOf(vm),
  guestTools: vm.toolsRunning ? 'running' : 'not-running',
  bootedAt: vm.bootedAt,
  changeVersion: null,
  observedAt: new Date().toISOString(),
});

const supported: ReadonlySet<Feature> = new Set<Feature>([
  'create-from-image',
  'create-blank',
  'linked-clone',
  'power-soft',
  'power-hard',
  'power-suspend',
  'restart-soft',
  'resize-cold',
  'disk-grow',
  'snapshots',
  'console',
  'change-feed',
]);

const conditions: ReadonlyMap<Feature, string> = new Map<Feature, string>([
  ['secure-boot', 'the image must start by UEFI'],
  ['domain-join', 'the image must be one that joins domains'],
]);

export const capabilities: readonly Capability[] = features.map((feature) => {
  const condition = conditions.get(feature);
  if (condition !== undefined) return { feature, support: 'CONDITIONAL', reason: condition };
  return supported.has(feature)
    ? { feature, support: 'SUPPORTED', reason: '' }
    : { feature, support: 'UNSUPPORTED', reason: 'the reference hypervisor has nothing of the kind' };
});
