import type { SnapshotWork, VmStatus, VmTarget } from '@dcm/contracts';
import type { Command } from '../src/dispatch/command.mapper';
import type { VmSize } from '../src/operations/goal.entity';
import { aStatus } from './scene.builder';

/** As the VM is asked for. */
const asked: VmSize = { cpus: 2, memoryMib: 2048, disks: [{ sizeGib: 10 }] };

/** A hypervisor with one VM or none, and its snapshots with the size of then. */
export class LifeHypervisor {
  vm = false;
  size = asked;
  readonly snapshots = new Map<string, VmSize>();
  private current: string | undefined;

  status(): VmStatus {
    const createdAt = '2026-01-01T12:00:00.000Z';
    const listed = [...this.snapshots.keys()].map((name) => ({ name, createdAt, isCurrent: name === this.current }));
    return aStatus({ ...this.size, disks: [...this.size.disks], snapshots: listed });
  }

  /** Whether the command cannot be carried out as things are. */
  refuses({ type, data }: Command): boolean {
    if (!type.includes('.snapshot.')) return false;
    const { action, name } = (data as { snapshot: SnapshotWork }).snapshot;
    return action === 'revert' && !this.snapshots.has(name);
  }

  take({ type, data }: Command): void {
    if (type.includes('.provision.') && !this.vm) Object.assign(this, { vm: true, size: asked });
    if (type.includes('.delete.')) this.remove();
    if (type.includes('.reconfigure.')) this.reconfigure((data as { target: VmTarget }).target);
    if (type.includes('.snapshot.')) this.snapshot((data as { snapshot: SnapshotWork }).snapshot);
  }

  /** The processors came, the disk did not. */
  takeHalf({ data }: Command): void {
    const { cpus } = (data as { target: VmTarget }).target;
    this.size = { ...this.size, cpus: cpus ?? this.size.cpus };
  }

  private remove(): void {
    this.vm = false;
    this.snapshots.clear();
  }

  /** A disk never shrinks. */
  private reconfigure({ cpus, memoryMib, disks = [] }: VmTarget): void {
    if (disks.some(({ sizeGib }, index) => sizeGib < (this.size.disks[index]?.sizeGib ?? 0))) return;
    this.size = { cpus: cpus ?? this.size.cpus, memoryMib: memoryMib ?? this.size.memoryMib, disks };
  }

  private snapshot({ action, name }: SnapshotWork): void {
    const then = this.snapshots.get(name);
    if (action === 'create' && then === undefined) this.snapshots.set(name, this.size);
    if (action === 'revert') this.size = then ?? this.size;
    if (action === 'remove') this.snapshots.delete(name);
    else if (this.snapshots.has(name)) this.current = name;
  }
}
