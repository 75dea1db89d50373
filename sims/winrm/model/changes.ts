import { aDisk, VirtualDiskDrive, VirtualNetworkAdapter, type Slot, type VirtualDvdDrive } from './devices';
import type { Hardware } from './creation';
import { VmmError } from './errors';
import type { Job } from './job';
import type { Machine } from './machine';
import { NO_MAC, type Iso, type VmNetwork, type VmSubnet } from './objects';
import { demandState } from './states';
import type { Vmm } from './vmm';

const GIB = 1024 ** 3;
const ANY_STATE = ['Running', 'PowerOff', 'Saved', 'Paused'] as const;

/** Settings of a machine that `Set-SCVirtualMachine` may change at any time. */
export type Label = 'Name' | 'Description' | 'Owner' | 'Tag' | 'CostCenter' | 'StartAction' | 'StopAction';

/** A change of settings; CPUs and memory need power off. */
export interface Settings {
  readonly labels: Partial<Pick<Machine, Label>>;
  readonly cpus?: number;
  readonly memoryMb?: number;
  readonly hardware: Partial<Hardware>;
  readonly custom: Readonly<Record<string, string>>;
}

/** @throws VmmError 1730 for CPUs, static memory or firmware of a VM that is not off, 23008 for a size that the host cannot give. */
export function configure(vmm: Vmm, machine: Machine, settings: Settings): Job {
  const isCold =
    settings.cpus !== undefined || settings.memoryMb !== undefined || Object.keys(settings.hardware).length > 0;
  demandState(machine, isCold ? ['PowerOff'] : ANY_STATE);
  demandSize(machine, settings);
  return change(vmm, machine, 'Change properties of virtual machine', () => {
    Object.assign(machine, settings.labels, settings.hardware);
    Object.assign(machine.CustomProperty, settings.custom);
    machine.CPUCount = settings.cpus ?? machine.CPUCount;
    machine.Memory = settings.memoryMb ?? machine.Memory;
  });
}

function demandSize(machine: Machine, { cpus, memoryMb }: Settings): void {
  const { VMHost: host, Name } = machine;
  if (cpus !== undefined && (cpus < 1 || cpus > host.LogicalProcessorCount)) {
    throw new VmmError(23008, [Name, `${cpus} CPUs on a host with ${host.LogicalProcessorCount}`]);
  }
  if (memoryMb !== undefined && (memoryMb < 32 || memoryMb * 1024 * 1024 > host.TotalMemory)) {
    throw new VmmError(23008, [Name, `${memoryMb} MB of memory`]);
  }
}

/**
 * Grows a disk; the VM must be off, as the vendor's page says.
 * @throws VmmError 23008 for a smaller size, checkpoints, or a differencing disk; 10626 when it could never be stored.
 */
export function expand(vmm: Vmm, drive: VirtualDiskDrive, sizeGb: number): Job {
  const { VirtualHardDisk: disk } = drive;
  const machine = vmm.ownerOf(drive);
  demandState(machine, ['PowerOff']);
  if (machine.VMCheckpoints.length > 0) throw new VmmError(23008, [machine.Name, 'its disks have checkpoints']);
  if (disk.VHDType === 'Differencing') throw new VmmError(23008, [machine.Name, 'the disk stands on another one']);
  if (sizeGb * GIB < disk.MaximumSize) throw new VmmError(23008, [machine.Name, 'a disk cannot become smaller']);
  if (sizeGb * GIB > machine.store.capacity) throw new VmmError(10626, [machine.store.path, machine.Name]);
  return change(vmm, machine, 'Expand virtual hard disk', () => {
    disk.MaximumSize = sizeGb * GIB;
  });
}

/** @throws VmmError 23008 for a slot in which a drive sits. */
export function demandFree(machine: Machine, { bus, number, lun }: Slot): void {
  const isTaken = [...machine.VirtualDiskDrives, ...machine.VirtualDVDDrives].some(
    (one) => one.BusType === bus && one.Bus === number && one.LUN === lun,
  );
  if (isTaken) throw new VmmError(23008, [machine.Name, `${bus} ${number}:${lun} is taken`]);
}

/** A disk that is to be added. */
export interface NewDisk {
  readonly busType: 'SCSI' | 'IDE';
  readonly bus: number;
  readonly lun: number;
  readonly sizeMb: number;
  readonly fileName: string;
  readonly isFixed: boolean;
}

/** @throws VmmError 23008 for a slot that is taken, 10626 for a fixed disk that does not fit. */
export function addDisk(machine: Machine, wanted: NewDisk): VirtualDiskDrive {
  const slot = { bus: wanted.busType, number: wanted.bus, lun: wanted.lun };
  demandFree(machine, slot);
  const bytes = wanted.sizeMb * 1024 * 1024;
  if (bytes > (wanted.isFixed ? machine.store.free : machine.store.capacity)) {
    throw new VmmError(10626, [machine.store.path, machine.Name]);
  }
  const name = /\.vhdx?$/i.test(wanted.fileName) ? wanted.fileName : `${wanted.fileName}.vhdx`;
  if (machine.VirtualHardDisks.some(({ Name }) => Name.toLowerCase() === name.toLowerCase())) {
    throw new VmmError(23008, [machine.Name, `the file ${name} exists already`]);
  }
  const disk = aDisk(name, machine.Location, bytes, wanted.isFixed ? { VHDType: 'FixedSize', Size: bytes } : {});
  const drive = new VirtualDiskDrive(machine, slot, disk);
  machine.VirtualDiskDrives = [...machine.VirtualDiskDrives, drive];
  return drive;
}

/** Adds a disk to a machine that exists. A SCSI disk goes in while it runs, an IDE disk does not. */
export function attachDisk(vmm: Vmm, machine: Machine, wanted: NewDisk): { drive: VirtualDiskDrive; job: Job } {
  demandState(machine, wanted.busType === 'SCSI' ? ['Running', 'PowerOff'] : ['PowerOff']);
  const drive = addDisk(machine, wanted);
  const none = (): void => undefined;
  return { drive, job: change(vmm, machine, 'Create virtual disk drive', none) };
}

/** How a network card shall be connected. */
export interface Connection {
  readonly network?: VmNetwork | null;
  readonly subnet?: VmSubnet;
  readonly vlanId?: number;
  readonly isVlanEnabled?: boolean;
  readonly macType?: 'Dynamic' | 'Static';
  readonly mac?: string;
}

/** Connects a card; a static address of zeros is chosen by the management server. */
export function connect(vmm: Vmm, adapter: VirtualNetworkAdapter, wanted: Connection): void {
  if (wanted.network !== undefined) {
    adapter.VMNetwork = wanted.network;
    adapter.VMSubnet = wanted.network?.VMSubnet[0] ?? null;
  }
  adapter.VMSubnet = wanted.subnet ?? adapter.VMSubnet;
  adapter.VLanEnabled = wanted.isVlanEnabled ?? adapter.VLanEnabled;
  adapter.VLanID = wanted.vlanId ?? adapter.VLanID;
  address(vmm, adapter, wanted);
}

function address(vmm: Vmm, adapter: VirtualNetworkAdapter, { mac, macType }: Connection): void {
  adapter.MACAddressType = macType ?? adapter.MACAddressType;
  if (mac !== undefined) adapter.MACAddress = mac.replaceAll('-', ':').toUpperCase();
  if (adapter.MACAddressType === 'Static' && adapter.MACAddress === NO_MAC) adapter.MACAddress = vmm.nextMac();
}

/** Adds a card to a machine. */
export function addAdapter(vmm: Vmm, machine: Machine, wanted: Connection): VirtualNetworkAdapter {
  const slot = Math.max(-1, ...machine.VirtualNetworkAdapters.map(({ SlotID }) => SlotID)) + 1;
  const adapter = new VirtualNetworkAdapter(machine, slot, null);
  connect(vmm, adapter, wanted);
  machine.VirtualNetworkAdapters = [...machine.VirtualNetworkAdapters, adapter];
  return adapter;
}

/** Puts an image into a DVD drive, or takes it out. */
export function insert(vmm: Vmm, drive: VirtualDvdDrive, iso: Iso | null, isLinked: boolean): Job {
  const machine = vmm.ownerOf(drive);
  demandState(machine, ['Running', 'PowerOff']);
  return change(vmm, machine, 'Change virtual DVD drive', () => {
    drive.ISO = iso;
    drive.ISOLinked = isLinked;
  });
}

/** A short job whose effect is there at once, as these changes have it on a real server before it returns. */
export function change(vmm: Vmm, machine: Machine, name: string, act: () => void): Job {
  const job = vmm.start({ kind: 'update', name, cmdlet: name, target: machine, finish: () => undefined });
  act();
  machine.ModifiedTime = vmm.clock.now();
  return job;
}
