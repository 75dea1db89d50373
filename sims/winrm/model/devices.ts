import { randomUUID } from 'node:crypto';
import {
  KIND,
  NO_MAC,
  type Iso,
  type LogicalNetwork,
  type Owner,
  type PsObject,
  type VirtualHardDisk,
  type VmNetwork,
  type VmSubnet,
} from './objects';

/** A network card. A dynamic MAC address is chosen when the VM starts for the first time. */
export class VirtualNetworkAdapter implements PsObject {
  readonly [KIND] = 'VirtualNetworkAdapter';
  readonly ID = randomUUID();
  MACAddress = NO_MAC;
  MACAddressType: 'Dynamic' | 'Static' = 'Dynamic';
  IPv4AddressType: 'Dynamic' | 'Static' = 'Dynamic';
  IPv4Addresses: string[] = [];
  IPv6Addresses: string[] = [];
  VLanEnabled = false;
  VLanID = 0;
  VMSubnet: VmSubnet | null = null;

  constructor(
    readonly VM: Owner,
    readonly SlotID: number,
    public VMNetwork: VmNetwork | null,
  ) {
    this.VMSubnet = VMNetwork?.VMSubnet[0] ?? null;
  }

  get Name(): string {
    return this.VM.Name;
  }

  get LogicalNetwork(): LogicalNetwork | null {
    return this.VMNetwork?.LogicalNetwork ?? null;
  }

  get VirtualNetwork(): string {
    return this.VMNetwork === null ? '' : 'ConvergedSwitch';
  }

  get PhysicalAddress(): string {
    return this.MACAddress;
  }
}

/** A place on a controller. */
export interface Slot {
  readonly bus: 'SCSI' | 'IDE';
  readonly number: number;
  readonly lun: number;
}

/** Where a drive sits. */
export const slotOf = ({ BusType, Bus, LUN }: { BusType: Slot['bus']; Bus: number; LUN: number }): Slot => ({
  bus: BusType,
  number: Bus,
  lun: LUN,
});

/** A slot on a controller with the disk in it. */
export class VirtualDiskDrive implements PsObject {
  readonly [KIND] = 'VirtualDiskDrive';
  readonly ID = randomUUID();
  readonly IsVHD = true;

  readonly BusType: Slot['bus'];
  readonly Bus: number;
  readonly LUN: number;

  constructor(
    readonly VM: Owner,
    slot: Slot,
    public VirtualHardDisk: VirtualHardDisk,
  ) {
    this.BusType = slot.bus;
    this.Bus = slot.number;
    this.LUN = slot.lun;
  }

  get Name(): string {
    return this.VM.Name;
  }

  get VirtualHardDiskId(): string {
    return this.VirtualHardDisk.ID;
  }

  get VolumeType(): string {
    return this.Bus === 0 && this.LUN === 0 ? 'BootAndSystem' : 'None';
  }
}

/** A DVD drive, with or without an image. */
export class VirtualDvdDrive implements PsObject {
  readonly [KIND] = 'VirtualDVDDrive';
  readonly ID = randomUUID();
  ISO: Iso | null = null;
  ISOLinked = false;

  readonly BusType: Slot['bus'];
  readonly Bus: number;
  readonly LUN: number;

  constructor(
    readonly VM: Owner,
    slot: Slot,
  ) {
    this.BusType = slot.bus;
    this.Bus = slot.number;
    this.LUN = slot.lun;
  }

  get Name(): string {
    return this.VM.Name;
  }

  get Connection(): string {
    return this.ISO === null ? 'None' : 'ISOImage';
  }
}

/** Disks are files: a fresh one takes little of what it may grow to. Sizes are bytes. */
export function aDisk(
  name: string,
  folder: string,
  maximumSize: number,
  overrides: Partial<VirtualHardDisk> = {},
): VirtualHardDisk {
  const location = `${folder}\\${name}`;
  return {
    [KIND]: 'VirtualHardDisk',
    ID: randomUUID(),
    Name: name,
    MaximumSize: maximumSize,
    Size: Math.min(maximumSize, 4 * 1024 * 1024),
    Location: location,
    SharePath: location,
    VHDType: 'DynamicallyExpanding',
    VHDFormatType: 'VHDX',
    ParentDisk: null,
    ...overrides,
  };
}
