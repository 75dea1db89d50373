import { randomUUID } from 'node:crypto';
import { slotOf, VirtualDiskDrive, VirtualDvdDrive, VirtualNetworkAdapter } from './model/devices';
import { VmmError } from './model/errors';
import type { GuestScript } from './model/guest';
import { Machine } from './model/machine';
import type { PowerState } from './model/objects';
import { powerOn, settle } from './model/power';
import type { ErrorNumber } from './model/texts';
import type { Vmm } from './model/vmm';

type Undo = () => void;

/** Somebody at the console of the management server, who acts behind everybody's back: at once, with a job in the list that is over. */
export class Administrator {
  constructor(private readonly vmm: Vmm) {}

  /** Every VM, half-built ones too. */
  get vms(): readonly Machine[] {
    return this.vmm.machines;
  }

  /** @throws Error when there is no such VM. */
  vm(id: string): Machine {
    const found = this.vmm.machines.find(({ ID }) => ID === id);
    if (found === undefined) throw new Error(`There is no VM ${id}`);
    return found;
  }

  /** A powered-off VM without a description. */
  createStranger(name: string): Machine {
    const machine = this.vmm.addStranger(name);
    this.vmm.note('Create virtual machine', machine);
    return machine;
  }

  rename(id: string, name: string): void {
    const machine = this.vm(id);
    machine.Name = name;
    this.changed(machine);
  }

  /** Replaces the description, and clears tag and custom properties when it is empty. */
  describe(id: string, description: string): void {
    const machine = this.vm(id);
    machine.Description = description;
    this.changed(machine);
    if (description !== '') return;
    machine.Tag = '(none)';
    for (const key of Object.keys(machine.CustomProperty)) machine.CustomProperty[key] = '';
  }

  setPower(id: string, state: PowerState): void {
    const machine = this.vm(id);
    if (machine.state === state) return;
    if (state === 'Running') powerOn(this.vmm, machine, machine.state === 'Saved');
    else settle(machine, state);
    this.vmm.note('Change state of virtual machine', machine);
  }

  /** Deletes a VM in any state. */
  delete(id: string): void {
    const machine = this.vm(id);
    this.vmm.drop(machine);
    this.vmm.note('Remove virtual machine', machine);
  }

  /** A clone by the vendor's own function: description, tag and custom properties go along; identities are new. */
  copy(id: string, name: string): Machine {
    const source = this.vm(id);
    const { Description: description, Owner: owner, CPUCount: cpus, Memory: memoryMb } = source;
    const { Generation: generation, OperatingSystem: operatingSystem, VMHost: host, store, Cloud: cloud } = source;
    const spec = { name, description, owner, cpus, memoryMb, generation, operatingSystem, host, store, cloud };
    const copy = new Machine(spec, this.vmm.clock.now());
    copy.Tag = source.Tag;
    Object.assign(copy.CustomProperty, source.CustomProperty);
    copy.VirtualDiskDrives = source.VirtualDiskDrives.map((drive) => {
      const location = `${copy.Location}\\${drive.VirtualHardDisk.Name}`;
      const file = { ...drive.VirtualHardDisk, ID: randomUUID(), Location: location, SharePath: location };
      return new VirtualDiskDrive(copy, slotOf(drive), file);
    });
    copy.VirtualNetworkAdapters = source.VirtualNetworkAdapters.map(
      ({ SlotID, VMNetwork }) => new VirtualNetworkAdapter(copy, SlotID, VMNetwork),
    );
    copy.VirtualDVDDrives = source.VirtualDVDDrives.map((drive) => new VirtualDvdDrive(copy, slotOf(drive)));
    this.vmm.add(copy);
    this.vmm.note('Create virtual machine', copy);
    return copy;
  }

  /** A second VM that passes for the first: wherever that one's identity is written, the copy bears its own in the same place. */
  duplicate(id: string, name: string): Machine {
    const source = this.vm(id);
    const copy = this.copy(id, name);
    const own = (text: string): string =>
      text.replaceAll(source.ID, copy.ID).replaceAll(source.VMId, copy.VMId).replaceAll(source.BiosGuid, copy.BiosGuid);
    copy.Description = own(copy.Description);
    copy.Tag = own(copy.Tag);
    for (const [key, value] of Object.entries(copy.CustomProperty)) copy.CustomProperty[key] = own(value);
    return copy;
  }

  /** What the guest of a VM tells from now on. */
  guest(id: string, script: GuestScript): void {
    this.vm(id).guest?.follow(script);
  }

  /** The next creation ends in CreationFailed. */
  failNextCreation(number: ErrorNumber = 2912, values: readonly string[] = ['hv01.contoso.test']): void {
    this.vmm.creationFailures.push(new VmmError(number, values, 'Unknown error (0x80041001)'));
  }

  /** The next creation ends in SucceedWithInfo. */
  remarkOnNextCreation(): void {
    this.vmm.remarks.push(new VmmError(23008, ['the VM', 'it is not protected']));
  }

  /** The account's role loses its scope: it sees no host, cloud or VM, without an error. */
  hideVms(): Undo {
    this.vmm.hasNoScope = true;
    return () => {
      this.vmm.hasNoScope = false;
    };
  }

  /** The account is in no role any more. */
  removeRole(): Undo {
    this.vmm.hasNoRole = true;
    return () => {
      this.vmm.hasNoRole = false;
    };
  }

  /** The agent of a host stops answering. @throws Error when there is no such host. */
  loseHost(name: string): Undo {
    const host = this.vmm.fabric.hosts.find(({ Name, ComputerName }) => Name === name || ComputerName === name);
    if (host === undefined) throw new Error(`There is no host ${name}`);
    host.isResponding = false;
    return () => {
      host.isResponding = true;
    };
  }

  private changed(machine: Machine): void {
    machine.ModifiedTime = this.vmm.clock.now();
    this.vmm.note('Change properties of virtual machine', machine);
  }
}
