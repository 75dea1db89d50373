import type { SimulatedClock } from '../clock';
import { bootDisk, parseSize } from '../qemu/drive';
import type { Vm } from '../qemu/vm';

/** What the last broadcast of its node said of a VM. */
export interface Published {
  readonly name: string;
  readonly status: 'running' | 'stopped';
  readonly isTemplate: boolean;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Milliseconds since the epoch. */
  readonly startedAt?: number;
}

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
  #published = new Map<number, Published>();
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

  /** What was last said under a VMID, be it of a VM that is no more; nothing for a new one. */
  of(vmid: number): Published | undefined {
    return this.#published.get(vmid);
  }

  /** Tells everybody now. */
  publish(): void {
    this.#isDue = false;
    const former = this.#published;
    this.#published = new Map();
    for (const vm of this.vms()) {
      const said = this.isAlive(vm.node) ? statusOf(vm) : former.get(vm.vmid);
      if (said !== undefined) this.#published.set(vm.vmid, said);
    }
  }
}
