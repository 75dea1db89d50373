import type {
  DeleteCommand,
  Plan,
  PowerCommand,
  ProvisionCommand,
  ReconfigureCommand,
  SnapshotCommand,
  VmStatus,
} from '@dcm/contracts';
import { aStatus } from './scene.builder';

/** A command that changes something, whatever its kind. */
export type WorkCommand = DeleteCommand &
  Partial<Pick<ProvisionCommand, 'vm'>> &
  Partial<Pick<PowerCommand, 'action'>> &
  Partial<Pick<ReconfigureCommand, 'target'>> &
  Partial<Pick<SnapshotCommand, 'snapshot'>>;

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

/** What a provisioner saw of the VM that a command is about. */
export const statusOf = (
  command: { instanceId: string; ownership: VmStatus['ownership'] },
  fields: Partial<VmStatus> = {},
): VmStatus =>
  aStatus({
    nativeId: `native-${command.instanceId}`,
    name: null,
    ownership: command.ownership,
    observedAt: new Date().toISOString(),
    ...fields,
  });
