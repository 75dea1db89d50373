import type { Clock } from './clock';
import { NO_MAC, type OperatingSystem, type PowerState, type VmNetwork } from './objects';

/** How guests behave when nobody scripted them. */
export interface GuestBehaviour {
  /** Whether integration services run in them. */
  readonly tools: 'running' | 'absent';
  /** From power-on to running integration services, and from a shutdown to off. */
  readonly bootMs: number;
  /** From running integration services to addresses. */
  readonly addressMs: number;
}

/** What a guest tells its host, as a test wants it. */
export interface GuestScript {
  readonly tools: 'running' | 'not-running';
  /** Addresses by the interface on which they are. Those of a bridge belong to no adapter of the VM, and are never reported. */
  readonly addresses: readonly { readonly address: string; readonly on: 'nic' | 'bridge' }[];
}

/** A network card, as a guest finds it and as its addresses are shown. */
export interface Card {
  readonly VMNetwork: VmNetwork | null;
  readonly MACAddress: string;
  IPv4Addresses: string[];
  IPv6Addresses: string[];
}

/** The VM in which a guest lives. */
export interface Body {
  readonly state: PowerState;
  readonly OperatingSystem: OperatingSystem;
  readonly VirtualNetworkAdapters: readonly Card[];
}

let lastHost = 10;

const nextAddress = (): string => {
  lastHost += 1;
  return `10.88.${(lastHost >> 8) & 255}.${lastHost & 255}`;
};

/**
 * The operating system inside a VM. A Linux guest's addresses reach the management server by themselves; those of a Windows guest are seen
 * only after `Read-SCVirtualMachine`.
 */
export class Guest {
  private isUp = false;
  private script: GuestScript | undefined;
  private leased = new Map<Card, string>();
  private callOff: () => void = () => undefined;
  /** How often it has booted. */
  boots = 0;

  constructor(
    private readonly machine: Body,
    private readonly behaviour: () => GuestBehaviour,
    private readonly clock: Clock,
  ) {}

  get hasTools(): boolean {
    if (this.machine.state !== 'Running' || !this.isUp) return false;
    return this.script === undefined ? this.behaviour().tools === 'running' : this.script.tools === 'running';
  }

  /** Power came on. */
  boot(): void {
    this.halt();
    this.boots += 1;
    const { bootMs, addressMs } = this.behaviour();
    this.callOff = this.clock.after(bootMs, () => {
      this.isUp = true;
      this.callOff = this.clock.after(addressMs, () => {
        this.lease();
        this.tell();
      });
    });
  }

  /** Goes on where it was suspended. */
  wake(): void {
    if (this.isUp) this.tell();
    else this.boot();
  }

  /** Power is gone: nothing of it is known any more. */
  halt(): void {
    this.callOff();
    this.isUp = false;
    this.leased = new Map();
    for (const adapter of this.machine.VirtualNetworkAdapters) {
      adapter.IPv4Addresses = [];
      adapter.IPv6Addresses = [];
    }
  }

  /** From now on it says this, up and told at once. */
  follow(script: GuestScript): void {
    this.script = script;
    this.isUp ||= this.machine.state === 'Running';
    this.refresh();
  }

  /** The management server asks the host now. */
  refresh(): void {
    this.show();
  }

  private lease(): void {
    for (const adapter of this.machine.VirtualNetworkAdapters) {
      if (adapter.VMNetwork !== null && adapter.MACAddress !== NO_MAC) this.leased.set(adapter, nextAddress());
    }
  }

  /** What it tells without being asked. */
  private tell(): void {
    if (!this.machine.OperatingSystem.IsWindows) this.show();
  }

  private show(): void {
    this.machine.VirtualNetworkAdapters.forEach((adapter, index) => {
      const addresses = this.hasTools ? this.addressesOf(adapter, index) : [];
      adapter.IPv4Addresses = addresses.filter((address) => !address.includes(':'));
      adapter.IPv6Addresses = addresses.filter((address) => address.includes(':'));
    });
  }

  private addressesOf(adapter: Card, index: number): string[] {
    if (this.script !== undefined) {
      return index > 0 ? [] : this.script.addresses.filter(({ on }) => on === 'nic').map(({ address }) => address);
    }
    const leased = this.leased.get(adapter);
    return leased === undefined ? [] : [leased];
  }
}
