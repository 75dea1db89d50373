import type { Condition, Vm, VmStatus } from '@dcm/contracts';
import { addressesOf, isReachable } from './address.mapper';

type Seen = Pick<Condition, 'status' | 'reason'>;

const yes = (reason: string): Seen => ({ status: 'true', reason });
const unknown = (reason: string): Seen => ({ status: 'unknown', reason });
const no = (reason: string): Seen => ({ status: 'false', reason });

const guestOf = ({ power, guestTools }: VmStatus): Seen => {
  if (power === 'off' || power === 'suspended') return no('NotRunning');
  if (guestTools === 'running') return yes('GuestToolsRunning');
  return guestTools === 'not-running' ? no('GuestToolsNotRunning') : unknown('GuestToolsUnknown');
};

/** What was granted against what is; a VM that is still being built shows neither. */
const syncOf = (vm: Vm, status: VmStatus): Seen => {
  if (!status.complete) return unknown('StillBuilding');
  if (status.cpus === null || status.memoryMib === null) return unknown('SizeNotShown');
  if (status.cpus !== vm.cpus) return no('CpusDiffer');
  if (status.memoryMib !== vm.memoryMib) return no('MemoryDiffers');
  return hasGrantedDisks(vm, status) ? yes('AsGranted') : no('DiskDiffers');
};

/** Of a VM whose disks are not known yet, those that are seen are the ones that were granted. */
const hasGrantedDisks = ({ disks }: Vm, status: VmStatus): boolean =>
  disks.length === 0 ||
  (disks.length === status.disks.length &&
    disks.every(({ sizeGib }, index) => sizeGib === Math.ceil(status.disks[index]?.sizeGib ?? 0)));

/** A condition keeps the time of its last change. */
const conditionOf = (vm: Vm, type: Condition['type'], seen: Seen, at: string): Condition => {
  const before = vm.conditions.find((condition) => condition.type === type);
  const isSame = before?.status === seen.status && before.reason === seen.reason;
  return isSame ? before : { type, ...seen, at };
};

const statusConditionsOf = (vm: Vm, status: VmStatus): Condition[] =>
  conditionsOf(vm, status.observedAt, {
    InfraReady: status.complete ? yes('Complete') : no('StillBuilding'),
    GuestReady: guestOf(status),
    AddressAssigned: hasAddress(status) ? yes('AddressSeen') : no('NoAddressSeen'),
    InSync: syncOf(vm, status),
  });

const conditionsOf = (vm: Vm, at: string, seen: Partial<Record<Condition['type'], Seen>>): Condition[] => {
  const kept = vm.conditions.filter((condition) => seen[condition.type] === undefined);
  const types = Object.entries(seen) as [Condition['type'], Seen][];
  return [...kept, ...types.map(([type, one]) => conditionOf(vm, type, one, at))];
};

/** The conditions of a VM of which nobody knows what the last operation left. */
export const unsure = (vm: Vm, at: string): Condition[] => conditionsOf(vm, at, { InSync: unknown('OutcomeUnknown') });

/** True when the guest can be reached. */
export const hasAddress = (status: VmStatus): boolean => isReachable(status.addresses);

/** What a status read tells about a VM. The granted size stays: a change by hand shows as `InSync` false. */
export const seenOf = (vm: Vm, status: VmStatus): Partial<Vm> => ({
  power: status.power,
  presence: 'present',
  nativeState: status.nativeState,
  nativeId: status.nativeId,
  addresses: addressesOf(vm.addresses, status.addresses),
  conditions: statusConditionsOf(vm, status),
  observedAt: status.observedAt,
  ...(vm.disks.length === 0 ? { disks: status.disks.map((disk) => ({ sizeGib: Math.ceil(disk.sizeGib) })) } : {}),
});

/** What a proof of absence tells about a VM. */
export const missingOf = (vm: Vm, now: Date): Partial<Vm> => ({
  presence: 'missing',
  power: 'unknown',
  nativeState: null,
  addresses: [],
  conditions: conditionsOf(vm, now.toISOString(), {
    InfraReady: no('Missing'),
    GuestReady: no('Missing'),
    AddressAssigned: no('Missing'),
    InSync: no('Missing'),
  }),
});

/** What is told of a VM that is there without its mark. */
export const unmarkedOf = (vm: Vm, now: Date): Partial<Vm> => ({
  presence: 'present',
  conditions: conditionsOf(vm, now.toISOString(), { InSync: no('MarkRemoved') }),
});

/** The native ids under which a VM was seen, the latest last. */
export const nativeIdsWith = (known: readonly string[], status: VmStatus): string[] => [
  ...known.filter((id) => id !== status.nativeId),
  status.nativeId,
];
