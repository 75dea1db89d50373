import type { SimulatedClock } from '../clock';
import { readProperties } from '../schema/property.string';
import { FileLock } from './file.lock';
import type { GuestScript, Machine } from './machine';
import { VmConfig } from './vm.config';

const DEFAULT_MEMORY_MIB = 512;
const MIB = 1024 ** 2;

/** A virtual machine: its configuration, and its process while it runs. */
export class Vm {
  readonly config = new VmConfig();
  readonly fileLock: FileLock;
  machine: Machine | undefined;
  /** What a test has told its guest to do; holds over restarts. */
  guest: GuestScript = {};

  constructor(
    readonly vmid: number,
    public node: string,
    clock: SimulatedClock,
  ) {
    this.fileLock = new FileLock(`/var/lock/qemu-server/lock-${vmid}.conf`, clock);
  }

  /** Its name, or what is shown for one without. */
  get name(): string {
    return this.config.text('name') ?? `VM ${this.vmid}`;
  }

  get isTemplate(): boolean {
    return this.config.flag('template');
  }

  get isRunning(): boolean {
    return this.machine !== undefined;
  }

  /** What holds while it runs: the configuration of its start. */
  get memoryBytes(): number {
    return memoryMib(this.config.text('memory')) * MIB;
  }

  get cpus(): number {
    return (this.config.number('sockets') ?? 1) * (this.config.number('cores') ?? 1);
  }

  get hasAgentOption(): boolean {
    return isEnabled(this.config.text('agent'));
  }
}

/** `512`, or the property string of newer releases. */
export const memoryMib = (value: string | undefined): number =>
  value === undefined
    ? DEFAULT_MEMORY_MIB
    : Number(readProperties(value, 'current').get('current') ?? DEFAULT_MEMORY_MIB);

/** Whether the `agent` option is on. */
export const isEnabled = (value: string | undefined): boolean =>
  value !== undefined && readProperties(value, 'enabled').get('enabled') === '1';
