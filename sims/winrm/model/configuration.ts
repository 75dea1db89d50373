import { randomUUID } from 'node:crypto';
import type { Cloud } from './cloud';
import type { Host, Store } from './host';
import {
  KIND,
  type HostGroup,
  type PsObject,
  type Template,
  type TemplateAdapter,
  type VirtualHardDisk,
  type VmNetwork,
  type VmSubnet,
} from './objects';

/** Where a disk of a VM to be will lie. */
export class DiskConfiguration implements PsObject {
  readonly [KIND] = 'VirtualHardDiskConfiguration';
  readonly ID = randomUUID();
  FileName: string;
  DestinationLocation = '';
  DeploymentOption = 'UseNetwork';
  PinSourceLocation = false;
  PinDestinationLocation = false;
  PinFileName = false;

  constructor(readonly VirtualHardDisk: VirtualHardDisk) {
    this.FileName = VirtualHardDisk.Name;
  }
}

/** How a card of a VM to be will be connected. */
export class AdapterConfiguration implements PsObject {
  readonly [KIND] = 'VirtualNetworkAdapterConfiguration';
  readonly ID = randomUUID();
  readonly SlotID: number;
  VMNetwork: VmNetwork | null;
  VMSubnet: VmSubnet | null;
  MACAddress = '';

  constructor({ SlotID, VMNetwork }: TemplateAdapter) {
    this.SlotID = SlotID;
    this.VMNetwork = VMNetwork;
    this.VMSubnet = VMNetwork?.VMSubnet[0] ?? null;
  }
}

/** A VM to be: from which template, and where. Nothing is made before `New-SCVirtualMachine`. */
export class VmConfiguration implements PsObject {
  readonly [KIND] = 'VMConfiguration';
  readonly ID = randomUUID();
  Description = '';
  Tag = '';
  CostCenter = '';
  ComputerName = '';
  Cloud: Cloud | null = null;
  VMHostGroup: HostGroup | null = null;
  VMHost: Host | null = null;
  VMLocation = '';
  PinVMHost = false;
  PinVMLocation = false;
  readonly VirtualHardDiskConfigurations: readonly DiskConfiguration[];
  readonly VirtualNetworkAdapterConfigurations: readonly AdapterConfiguration[];
  /** The store that `VMLocation` lies on, once it is placed. */
  store: Store | undefined;

  constructor(
    readonly VMTemplate: Template,
    public Name: string,
  ) {
    this.VirtualHardDiskConfigurations = VMTemplate.VirtualHardDisks.map((disk) => new DiskConfiguration(disk));
    this.VirtualNetworkAdapterConfigurations = VMTemplate.VirtualNetworkAdapters.map(
      (one) => new AdapterConfiguration(one),
    );
  }
}
