import type { Cloud } from './cloud';
import { CloudCapacity } from './cloud';
import type { VmConfiguration } from './configuration';
import { aDisk, VirtualDiskDrive, VirtualDvdDrive, VirtualNetworkAdapter } from './devices';
import { VmmError } from './errors';
import type { Job } from './job';
import { Machine } from './machine';
import { place, type Place } from './placement';
import { powerOn } from './power';
import type { Vmm } from './vmm';

/** Characters that no name of a VM may hold. */
const FORBIDDEN = /[\\/:*?"<>|]/;
const MAX_NAME = 100;

/** Hardware of a machine beside CPUs and memory. */
export type Hardware = Pick<
  Machine,
  | 'DynamicMemoryEnabled'
  | 'DynamicMemoryMinimumMB'
  | 'DynamicMemoryMaximumMB'
  | 'SecureBootEnabled'
  | 'SecureBootTemplate'
>;

/** What `New-SCVirtualMachine` was asked for beside the configuration. */
export interface Creation {
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly cpus?: number;
  readonly memoryMb?: number;
  readonly cloud?: Cloud;
  readonly jobGroup?: string;
  readonly startsVm: boolean;
  readonly settings: Partial<
    Pick<Machine, 'StartAction' | 'StopAction' | 'ComputerName' | 'BlockDynamicOptimization'> & Hardware
  >;
  readonly customization: Readonly<Record<string, unknown>>;
}

/**
 * Places a configuration: fills in host and location, keeps what was pinned.
 * @throws VmmError 10638, 10626, 2912.
 */
export function placeConfiguration(vmm: Vmm, configuration: VmConfiguration): void {
  const { VMTemplate: template, Name, Cloud, VMHostGroup, VMHost, VMLocation } = configuration;
  const groups = VMHostGroup === null ? Cloud?.HostGroup : [VMHostGroup];
  const bytes = template.VirtualHardDisks.reduce((sum, { Size }) => sum + Size, 0);
  const { host, store } = place(
    vmm.fabric,
    { name: Name, memoryMb: template.Memory, bytes },
    {
      ...(groups !== undefined && { groups }),
      ...(configuration.PinVMHost && VMHost !== null && { host: VMHost }),
      ...(configuration.PinVMLocation && { location: VMLocation }),
    },
  );
  configuration.VMHost = host;
  configuration.store = store;
  configuration.VMLocation = store.path;
  for (const disk of configuration.VirtualHardDiskConfigurations) {
    if (!disk.PinDestinationLocation) disk.DestinationLocation = `${store.path}\\${Name}`;
  }
}

/**
 * Makes the record at once, in state UnderCreation, and a job that ends in PowerOff, Running or CreationFailed.
 * @throws VmmError 10638 for a configuration that was not placed, 1700 for a name that cannot be, 25711 over the cloud's capacity.
 */
export function create(vmm: Vmm, configuration: VmConfiguration, creation: Creation): { machine: Machine; job: Job } {
  const { VMHost: host, store, VMTemplate: template } = configuration;
  if (host === null || store === undefined)
    throw new VmmError(10638, [creation.name, 'the configuration is not placed']);
  if (FORBIDDEN.test(creation.name) || creation.name.length > MAX_NAME) throw new VmmError(1700, [creation.name]);
  const cpus = creation.cpus ?? template.CPUCount;
  const memoryMb = creation.memoryMb ?? template.Memory;
  const cloud = creation.cloud ?? configuration.Cloud;
  if (cloud !== null) demandQuota(cloud, cpus, memoryMb);
  const { name, description, owner } = creation;
  const { Generation: generation, OperatingSystem: operatingSystem } = template;
  const spec = { name, description, owner, cpus, memoryMb, generation, operatingSystem, host, store, cloud };
  const machine = new Machine(spec, vmm.clock.now());
  equip(machine, configuration, { host, store });
  Object.assign(machine, creation.settings);
  Object.assign(machine.customization, creation.customization);
  runGroup(vmm, creation.jobGroup, machine);
  vmm.add(machine);
  return { machine, job: build(vmm, machine, creation) };
}

/** Runs what waits under a JobGroup, on the machine that the last command of the group is about. */
export function runGroup(vmm: Vmm, jobGroup: string | undefined, machine: Machine): void {
  if (jobGroup === undefined) return;
  const key = jobGroup.toLowerCase();
  for (const change of vmm.groups.get(key) ?? []) change(machine);
  vmm.groups.delete(key);
}

function equip(machine: Machine, configuration: VmConfiguration, where: Place): void {
  const { VMTemplate: template, VirtualHardDiskConfigurations } = configuration;
  const folder = `${where.store.path}\\${machine.Name}`;
  machine.SecureBootEnabled = template.SecureBootEnabled;
  machine.SecureBootTemplate = template.SecureBootTemplate;
  machine.DynamicMemoryEnabled = template.DynamicMemoryEnabled;
  const bus = machine.Generation === 2 ? 'SCSI' : 'IDE';
  machine.VirtualDiskDrives = VirtualHardDiskConfigurations.map(
    ({ VirtualHardDisk, FileName, DestinationLocation }, index) => {
      const disk = aDisk(
        FileName,
        DestinationLocation === '' ? folder : DestinationLocation,
        VirtualHardDisk.MaximumSize,
      );
      return new VirtualDiskDrive(
        machine,
        { bus, number: 0, lun: index === 0 ? 0 : index + 1 },
        {
          ...disk,
          Size: VirtualHardDisk.Size,
        },
      );
    },
  );
  machine.VirtualNetworkAdapters = configuration.VirtualNetworkAdapterConfigurations.map((wanted) => {
    const adapter = new VirtualNetworkAdapter(machine, wanted.SlotID, wanted.VMNetwork);
    adapter.VMSubnet = wanted.VMSubnet;
    if (wanted.MACAddress !== '') Object.assign(adapter, { MACAddress: wanted.MACAddress, MACAddressType: 'Static' });
    return adapter;
  });
  machine.VirtualDVDDrives = template.VirtualDVDDrives.map(
    ({ Bus, LUN }) => new VirtualDvdDrive(machine, { bus, number: Bus, lun: LUN }),
  );
}

function build(vmm: Vmm, machine: Machine, creation: Creation): Job {
  const broken = (): void => {
    machine.overlay = 'CreationFailed';
  };
  const job = vmm.start({
    kind: 'create',
    name: 'Create virtual machine',
    cmdlet: 'New-SCVirtualMachine',
    target: machine,
    finish: () => {
      const failure = vmm.creationFailures.shift();
      if (failure !== undefined) throw failure;
      if (!machine.VMHost.isResponding) throw new VmmError(2912, [machine.VMHost.Name], 'Unknown error (0x80338126)');
      machine.overlay = undefined;
      if (creation.startsVm) powerOn(vmm, machine);
      return vmm.creationInformation();
    },
    fail: broken,
    cancel: broken,
  });
  machine.overlay = 'UnderCreation';
  return job;
}

function demandQuota(cloud: Cloud, cpus: number, memoryMb: number): void {
  const { limits } = cloud;
  const used = new CloudCapacity(cloud);
  const isOver =
    used.UsedVMCount + 1 > (limits.vms ?? Infinity) ||
    used.UsedCPUCount + cpus > (limits.cpus ?? Infinity) ||
    used.UsedMemoryMB + memoryMb > (limits.memoryMb ?? Infinity);
  if (isOver) throw new VmmError(25711, [cloud.Name, `${cpus} CPUs and ${memoryMb} MB for one more VM`]);
}
