import type { VmStatus, VmTarget } from '@dcm/contracts';
import type { Command } from '../src/dispatch/command.mapper';
import type { VmSize } from '../src/operations/goal.entity';
import { aStatus } from './scene.builder';

/** As the VM is asked for. */
const asked: VmSize = { cpus: 2, memoryMib: 2048, disks: [{ sizeGib: 10 }] };

/** A hypervisor with one VM or none. */
export class LifeHypervisor {
  vm = false;
  size = asked;

  status(): VmStatus {
    return aStatus({ ...this.size, disks: [...this.size.disks] });
  }

  take({ type, data }: Command): void {
    if (type.includes('.provision.') && !this.vm) Object.assign(this, { vm: true, size: asked });
    if (type.includes('.delete.')) this.vm = false;
    if (type.includes('.reconfigure.')) this.reconfigure((data as { target: VmTarget }).target);
  }

  /** The processors came, the disk did not. */
  takeHalf({ data }: Command): void {
    const { cpus } = (data as { target: VmTarget }).target;
    this.size = { ...this.size, cpus: cpus ?? this.size.cpus };
  }

  /** A disk never shrinks. */
  private reconfigure({ cpus, memoryMib, disks = [] }: VmTarget): void {
    if (disks.some(({ sizeGib }, index) => sizeGib < (this.size.disks[index]?.sizeGib ?? 0))) return;
    this.size = { cpus: cpus ?? this.size.cpus, memoryMib: memoryMib ?? this.size.memoryMib, disks };
  }
}
