import type { SimulatedClock } from '../clock';
import { bootDisk, parseSize } from '../qemu/drive';
import type { Published, Vm } from '../qemu/vm';

const sizeOf = (vm: Vm): number => parseSize(bootDisk(vm.config.values)?.properties.get('size') ?? '0');

/** What a VM's node would say of it now. */
export function statusOf(vm: Vm): Published {
  return {
    name: vm.name,
    status: vm.isRunning ? 'running' : 'stopped',
    isTemplate: vm.isTemplate,
    cpus: vm.cpus,
    memoryBytes: vm.memoryBytes,
    diskBytes: sizeOf(vm),
    ...(vm.machine === undefined ? {} : { startedAt: vm.machine.startedAt }),
  };
}

/**
 * The periodic broadcast of status, name and size of VMs, on which `/cluster/resources` stands. Nothing runs while
 * nothing changes: a change is told one lag after the first that was not told yet, the longest that a cluster takes.
 */
export class Broadcast {
  #isDue = false;

  constructor(
    private readonly pace: { readonly clock: SimulatedClock; readonly lagMs: number },
    private readonly vms: () => Iterable<Vm>,
    /** A dead node tells nothing: its VMs are shown as they were. */
    private readonly isAlive: (node: string) => boolean,
  ) {}

  /** Something about a VM is not what it was. */
  changed(): void {
    const { clock, lagMs } = this.pace;
    if (lagMs <= 0) {
      this.publish();
    } else if (!this.#isDue) {
      this.#isDue = true;
      clock.later(lagMs, () => {
        this.publish();
      });
    }
  }

  /** Tells everybody now. */
  publish(): void {
    this.#isDue = false;
    for (const vm of this.vms()) if (this.isAlive(vm.node)) vm.published = statusOf(vm);
  }
}
