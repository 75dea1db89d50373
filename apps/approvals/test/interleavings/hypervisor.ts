import type { ProvisionCommand, SnapshotWork, VmStatus, VmTarget } from '@dcm/contracts';
import type { VmSize } from '../../src/operations/goal.entity';
import { aStatus } from '../scene.builder';

/** A command as it lies in a queue. */
export interface Sent {
  readonly type: string;
  readonly data: {
    readonly operationId: string;
    readonly instanceId: string;
    readonly attempt: number;
    readonly requestId?: string;
    readonly replaces?: string | null;
    readonly vm?: ProvisionCommand['vm'];
    readonly target?: VmTarget;
    readonly snapshot?: SnapshotWork;
    readonly action?: unknown;
    readonly looks?: readonly Sent['data'][];
  };
}

/** With an address nobody looks again for one. */
const addresses: VmStatus['addresses'] = [
  {
    address: '10.0.0.5',
    mac: null,
    network: null,
    source: 'guest-tools',
    primary: true,
    seenAt: '2026-01-01T12:00:00.000Z',
  },
];

interface RealVm {
  size: VmSize;
  readonly snapshots: Map<string, VmSize>;
}

/** What really stands there, by instance. Doing anything twice is doing it once. */
export class Hypervisor {
  readonly vms = new Map<string, RealVm>();

  status(instanceId: string, at: Date): VmStatus | null {
    const vm = this.vms.get(instanceId);
    if (vm === undefined) return null;
    const snapshots = [...vm.snapshots.keys()].map((name) => ({ name, createdAt: at.toISOString(), isCurrent: false }));
    const size = { ...vm.size, disks: [...vm.size.disks] };
    return aStatus({ ...size, addresses, nativeId: `native-${instanceId}`, snapshots, observedAt: at.toISOString() });
  }

  /** Whether a command cannot be carried out as things are. */
  refuses({ data }: Sent): boolean {
    const vm = this.vms.get(data.instanceId);
    const isChange = data.target !== undefined || data.snapshot !== undefined || data.action !== undefined;
    if (isChange && vm === undefined) return true;
    return data.snapshot?.action === 'revert' && vm?.snapshots.has(data.snapshot.name) !== true;
  }

  take({ type, data }: Sent): void {
    const { instanceId, vm, target, snapshot } = data;
    if (type.includes('.delete.')) this.vms.delete(instanceId);
    else if (vm !== undefined) this.make(instanceId, vm);
    else if (target !== undefined) this.reconfigure(instanceId, target);
    else if (snapshot !== undefined) this.snapshot(instanceId, snapshot);
  }

  /** The processors came, the disk did not. */
  takeHalf({ data: { instanceId, target } }: Sent): void {
    const vm = this.vms.get(instanceId);
    if (vm !== undefined && target?.cpus !== undefined) vm.size = { ...vm.size, cpus: target.cpus };
  }

  private make(instanceId: string, { spec }: ProvisionCommand['vm']): void {
    if (this.vms.has(instanceId)) return;
    const { cpus, memoryMib, disks } = spec;
    this.vms.set(instanceId, { size: { cpus, memoryMib, disks }, snapshots: new Map() });
  }

  /** A disk never shrinks. */
  private reconfigure(instanceId: string, { cpus, memoryMib, disks }: VmTarget): void {
    const vm = this.vms.get(instanceId);
    if (vm === undefined) return;
    const { size } = vm;
    const larger = size.disks.map(({ sizeGib }, index) => ({
      sizeGib: Math.max(sizeGib, disks?.[index]?.sizeGib ?? 0),
    }));
    vm.size = { cpus: cpus ?? size.cpus, memoryMib: memoryMib ?? size.memoryMib, disks: larger };
  }

  private snapshot(instanceId: string, { action, name }: SnapshotWork): void {
    const vm = this.vms.get(instanceId);
    if (vm === undefined) return;
    if (action === 'create' && !vm.snapshots.has(name)) vm.snapshots.set(name, vm.size);
    if (action === 'remove') vm.snapshots.delete(name);
    if (action === 'revert') vm.size = vm.snapshots.get(name) ?? vm.size;
  }
}
