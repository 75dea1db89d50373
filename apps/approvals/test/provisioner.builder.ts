import {
  reasonTable,
  type DeleteCommand,
  type Effect,
  type HypervisorErrorBody,
  type HypervisorReason,
  type Plan,
  type PowerCommand,
  type ProvisionCommand,
  type ReconfigureCommand,
  type SnapshotCommand,
  type VmStatus,
} from '@dcm/contracts';

/** A command that changes something, whatever its kind. */
export type WorkCommand = DeleteCommand &
  Partial<Pick<ProvisionCommand, 'vm'>> &
  Partial<Pick<PowerCommand, 'action'>> &
  Partial<Pick<ReconfigureCommand, 'target'>> &
  Partial<Pick<SnapshotCommand, 'snapshot'>>;

/** A hypervisor's error, with what follows from its reason. */
export const anError = (
  reason: HypervisorReason,
  effect: Effect = 'NONE',
  message = `it is ${reason}`,
): HypervisorErrorBody => {
  const { code, retryable, countsAsAttempt } = reasonTable[reason];
  return { code, reason, message, retryable, effect, countsAsAttempt, native: null };
};

export const aPlan = (fields: Partial<Plan> = {}): Plan => ({
  diagnostics: [],
  losses: [],
  image: { name: 'debian-12', nativeId: 'vm-7', version: '12.1' },
  networks: [],
  diskGib: 10,
  scope: { cluster: 'c1' },
  hints: { host: 'h1' },
  ...fields,
});

export const aStatus = (
  command: { instanceId: string; ownership: VmStatus['ownership'] },
  fields: Partial<VmStatus> = {},
): VmStatus => ({
  nativeId: `native-${command.instanceId}`,
  name: null,
  ownership: command.ownership,
  complete: true,
  power: 'on',
  nativeState: 'poweredOn',
  cpus: 2,
  memoryMib: 2048,
  disks: [{ sizeGib: 10 }],
  addresses: [],
  guestTools: 'unknown',
  bootedAt: null,
  changeVersion: null,
  observedAt: new Date().toISOString(),
  ...fields,
});
