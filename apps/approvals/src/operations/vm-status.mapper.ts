import type { Condition, Vm, VmStatus } from '@dcm/contracts';

type Seen = Pick<Condition, 'status' | 'reason'>;

const yes = (reason: string): Seen => ({ status: 'true', reason });
const no = (reason: string): Seen => ({ status: 'false', reason });

const guestOf = (tools: VmStatus['guestTools']): Seen => {
  if (tools === 'running') return yes('GuestToolsRunning');
  return tools === 'not-running' ? no('GuestToolsNotRunning') : { status: 'unknown', reason: 'GuestToolsUnknown' };
};

const syncOf = (vm: Vm, status: VmStatus): Seen => {
  if (status.cpus === null || status.memoryMib === null) return { status: 'unknown', reason: 'SizeNotShown' };
  return status.cpus === vm.cpus && status.memoryMib === vm.memoryMib ? yes('AsGranted') : no('SizeDiffers');
};

/** A condition keeps the time of its last change. */
const conditionOf = (vm: Vm, type: Condition['type'], seen: Seen, at: string): Condition => {
  const before = vm.conditions.find((condition) => condition.type === type);
  const isSame = before?.status === seen.status && before.reason === seen.reason;
  return isSame ? before : { type, ...seen, at };
};

const conditionsOf = (vm: Vm, status: VmStatus): Condition[] => {
  const seen: Partial<Record<Condition['type'], Seen>> = {
    InfraReady: status.complete ? yes('Complete') : no('StillBuilding'),
    GuestReady: guestOf(status.guestTools),
    AddressAssigned: hasAddress(status) ? yes('AddressSeen') : no('NoAddressSeen'),
    InSync: syncOf(vm, status),
  };
  const kept = vm.conditions.filter((condition) => seen[condition.type] === undefined);
  const types = Object.entries(seen) as [Condition['type'], Seen][];
  return [...kept, ...types.map(([type, one]) => conditionOf(vm, type, one, status.observedAt))];
};

/** True when the guest can be reached. */
export const hasAddress = (status: VmStatus): boolean => status.addresses.some((address) => address.primary);

/** What a status read tells about a VM. The granted size stays: a change by hand shows as `InSync` false. */
export const seenOf = (vm: Vm, status: VmStatus): Partial<Vm> => ({
  power: status.power,
  presence: 'present',
  nativeState: status.nativeState,
  nativeId: status.nativeId,
  addresses: status.addresses,
  conditions: conditionsOf(vm, status),
  observedAt: status.observedAt,
  ...(vm.disks.length === 0 ? { disks: status.disks.map((disk) => ({ sizeGib: Math.ceil(disk.sizeGib) })) } : {}),
});

/** The native ids under which a VM was seen, the latest last. */
export const nativeIdsWith = (known: readonly string[], status: VmStatus): string[] => [
  ...known.filter((id) => id !== status.nativeId),
  status.nativeId,
];
