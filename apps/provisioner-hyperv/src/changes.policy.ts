import type { VmTarget } from '@dcm/contracts';
import { Refused } from './hyperv.errors';
import type { Disk, Machine, Nic } from './machine.mapper';
import type { SecureBoot } from './metadata.schema';
import type { Entity } from './places';
import { guid, ref, text, type Argument, type Step } from './powershell/batch';
import { gibOf } from './status.mapper';

/** How a VM shall be; an absent field stays as it is. */
export interface Target extends VmTarget {
  /** The cards, in their order; the VM gets as many. */
  readonly networks?: readonly Entity[] | undefined;
  readonly vlan?: number | undefined;
  readonly isDynamic?: boolean | undefined;
  readonly secureBoot?: SecureBoot | undefined;
  readonly description?: string | undefined;
  /** UNC path of the disc to insert. */
  readonly disc?: string | undefined;
}

/** One change that is left to do. The steps refer to the VM as `vm`; the last one starts a job. */
export interface Change {
  readonly name: string;
  readonly steps: readonly Step[];
}

const MIB_PER_GIB = 1024;
/** A SCSI controller has so many places, and the first of a VM's four is used. */
const SCSI_PLACES = 64;

/**
 * What is to be done next to lead a VM to a target; undefined when nothing is left. What cannot be done at all is refused
 * before anything is.
 * @throws Refused INVALID_SPEC, UNSUPPORTED, INVALID_POWER_STATE
 */
export function nextChange(machine: Machine, target: Target): Change | undefined {
  checkDisks(machine, target);
  return (
    settingsChange(machine, target) ??
    nicChange(machine, target) ??
    diskChange(machine, target) ??
    discChange(machine, target)
  );
}

const run = { RunAsynchronously: true } as const;

function settingsChange(machine: Machine, target: Target): Change | undefined {
  const size = sizeArguments(machine, target);
  if (Object.keys(size).length > 0 && machine.power !== 'off') {
    throw new Refused('INVALID_POWER_STATE', 'Hyper-V changes CPUs, memory and firmware of a VM that is off only');
  }
  const { description } = target;
  const args: Record<string, Argument> = {
    ...size,
    ...(description !== undefined && description !== machine.description && { Description: text(description) }),
  };
  if (Object.keys(args).length === 0) return undefined;
  return {
    name: 'configure',
    steps: [{ as: 'set', cmd: 'Set-SCVirtualMachine', args: { VM: ref('vm'), ...args, ...run } }],
  };
}

function sizeArguments(machine: Machine, { cpus, memoryMib, isDynamic, secureBoot }: Target): Record<string, Argument> {
  return {
    ...(cpus !== undefined && cpus !== machine.cpus && { CPUCount: cpus }),
    ...(memoryMib !== undefined && memoryMib !== machine.memoryMib && { MemoryMB: memoryMib }),
    ...(isDynamic !== undefined && isDynamic !== machine.isDynamic && { DynamicMemoryEnabled: isDynamic }),
    ...secureArguments(machine, secureBoot),
  };
}

/** Templates of secure boot by VMM's names. */
const SECURE_TEMPLATES: Readonly<Record<Exclude<SecureBoot, 'off'>, string>> = {
  windows: 'MicrosoftWindows',
  'uefi-ca': 'MicrosoftUEFICertificateAuthority',
};

function secureArguments(
  { isSecure, secureTemplate }: Machine,
  wanted: Target['secureBoot'],
): Record<string, Argument> {
  if (wanted === undefined) return {};
  if (wanted === 'off') return isSecure === false ? {} : { SecureBootEnabled: false };
  const template = SECURE_TEMPLATES[wanted];
  if (isSecure === true && secureTemplate === template) return {};
  return { SecureBootEnabled: true, SecureBootTemplate: template };
}

function nicChange({ nics }: Machine, { networks, vlan }: Target): Change | undefined {
  if (networks === undefined) return undefined;
  for (const [index, network] of networks.entries()) {
    const nic = nics[index];
    if (nic === undefined) return addNic(network, vlan);
    if (!isWiredTo(nic, network, vlan)) return wireNic(nic, network, vlan);
  }
  const surplus = nics[networks.length];
  return networks.length > 0 && surplus !== undefined ? removeNic(surplus) : undefined;
}

const isWiredTo = ({ networkId, vlan }: Nic, network: Entity, wantedVlan: number | undefined): boolean =>
  networkId?.toLowerCase() === network.id.toLowerCase() && (wantedVlan === undefined || vlan === wantedVlan);

const networkStep = ({ id }: Entity): Step => ({
  as: 'network',
  cmd: 'Get-SCVMNetwork',
  args: { ID: guid(id) },
  expect: 'one',
});

const nicStep = ({ id }: Nic): Step => ({
  as: 'nic',
  cmd: 'Get-SCVirtualNetworkAdapter',
  args: { VM: ref('vm') },
  where: [{ path: 'ID', op: 'eq', value: id }],
  expect: 'one',
});

const vlanArguments = (vlan: number | undefined): Record<string, Argument> =>
  vlan === undefined ? {} : { VLanEnabled: true, VLanID: vlan };

const addNic = (network: Entity, vlan: number | undefined): Change => ({
  name: 'add-network-card',
  steps: [
    networkStep(network),
    {
      as: 'added',
      cmd: 'New-SCVirtualNetworkAdapter',
      args: { VM: ref('vm'), Synthetic: true, VMNetwork: ref('network'), ...vlanArguments(vlan), ...run },
    },
  ],
});

const wireNic = (nic: Nic, network: Entity, vlan: number | undefined): Change => ({
  name: 'connect-network-card',
  steps: [
    networkStep(network),
    nicStep(nic),
    {
      as: 'wired',
      cmd: 'Set-SCVirtualNetworkAdapter',
      args: { VirtualNetworkAdapter: ref('nic'), VMNetwork: ref('network'), ...vlanArguments(vlan), ...run },
    },
  ],
});

const removeNic = (nic: Nic): Change => ({
  name: 'remove-network-card',
  steps: [
    nicStep(nic),
    {
      as: 'removed',
      cmd: 'Remove-SCVirtualNetworkAdapter',
      args: { VirtualNetworkAdapter: ref('nic'), ...run },
    },
  ],
});

/** @throws Refused for a disk that would shrink, or that cannot grow as it is */
function checkDisks(machine: Machine, { disks = [] }: Target): void {
  disks.forEach(({ sizeGib }, index) => {
    const disk = machine.disks[index];
    if (disk === undefined || sizeGib === gibOf(disk.bytes)) return;
    if (sizeGib < gibOf(disk.bytes)) {
      throw new Refused('INVALID_SPEC', `its disk ${index} has ${gibOf(disk.bytes)} GiB and never shrinks`);
    }
    if (disk.isChild || machine.checkpoints.length > 0) {
      throw new Refused('UNSUPPORTED', `its disk ${index} stands on another file: remove the snapshots first`);
    }
    if (machine.power !== 'off') {
      throw new Refused('INVALID_POWER_STATE', 'VMM grows disks of a VM that is off only');
    }
  });
}

function diskChange(machine: Machine, { disks = [] }: Target): Change | undefined {
  for (const [index, { sizeGib }] of disks.entries()) {
    const disk = machine.disks[index];
    if (disk === undefined) return addDisk(machine, sizeGib);
    if (sizeGib > gibOf(disk.bytes)) return growDisk(disk, sizeGib);
  }
  return undefined;
}

const growDisk = ({ id }: Disk, sizeGib: number): Change => ({
  name: 'grow-disk',
  steps: [
    {
      as: 'disk',
      cmd: 'Get-SCVirtualDiskDrive',
      args: { VM: ref('vm') },
      where: [{ path: 'ID', op: 'eq', value: id }],
      expect: 'one',
    },
    {
      as: 'grown',
      cmd: 'Expand-SCVirtualDiskDrive',
      args: { VirtualDiskDrive: ref('disk'), VirtualHardDiskSizeGB: sizeGib, ...run },
    },
  ],
});

/** @throws Refused UNSUPPORTED when there is no place left */
function addDisk(machine: Machine, sizeGib: number): Change {
  const taken = new Set([...machine.disks.filter(({ isScsi }) => isScsi), ...machine.dvds].map(placeOf));
  const lun = Array.from({ length: SCSI_PLACES }, (_, index) => index).find((one) => !taken.has(`0:${one}`));
  if (lun === undefined) throw new Refused('UNSUPPORTED', 'its SCSI controller has no place for another disk');
  const args = {
    VM: ref('vm'),
    SCSI: true,
    Bus: 0,
    LUN: lun,
    Dynamic: true,
    VirtualHardDiskSizeMB: sizeGib * MIB_PER_GIB,
    FileName: text(`${machine.name}-disk-${lun}.vhdx`),
    ...run,
  };
  return { name: 'add-disk', steps: [{ as: 'added', cmd: 'New-SCVirtualDiskDrive', args }] };
}

const placeOf = ({ bus, lun }: { readonly bus: number; readonly lun: number }): string => `${bus}:${lun}`;

const baseName = (path: string): string => path.split('\\').at(-1)?.toLowerCase() ?? '';

/** Whether the disc is in one of the VM's drives; VMM may have copied it beside the VM. */
export const holdsDisc = ({ dvds }: Machine, disc: string): boolean =>
  dvds.some(({ iso }) => iso !== undefined && baseName(iso) === baseName(disc));

/** A guest that runs has read it already. */
function discChange(machine: Machine, { disc }: Target): Change | undefined {
  if (disc === undefined || machine.power !== 'off' || holdsDisc(machine, disc)) return undefined;
  const iso: Step = {
    as: 'iso',
    cmd: 'Get-SCISO',
    where: [{ path: 'SharePath', op: 'eq', value: disc }],
    expect: 'one',
  };
  const [drive] = machine.dvds;
  return { name: 'insert-disc', steps: drive === undefined ? addDrive(machine, iso) : fillDrive(drive.id, iso) };
}

const driveStep = (id: string): Step => ({
  as: 'drive',
  cmd: 'Get-SCVirtualDVDDrive',
  args: { VM: ref('vm') },
  where: [{ path: 'ID', op: 'eq', value: id }],
  expect: 'one',
});

const fillDrive = (id: string, iso: Step): Step[] => [
  iso,
  driveStep(id),
  { as: 'filled', cmd: 'Set-SCVirtualDVDDrive', args: { VirtualDVDDrive: ref('drive'), ISO: ref('iso'), ...run } },
];

/** VMs of generation 1 start from IDE, where the second channel is free; others have SCSI only. */
function addDrive({ generation, disks }: Machine, iso: Step): Step[] {
  const isScsi = generation === 2;
  const taken = new Set(disks.filter((disk) => disk.isScsi === isScsi).map(placeOf));
  const bus = isScsi ? 0 : 1;
  const lun = Array.from({ length: isScsi ? SCSI_PLACES : 2 }, (_, index) => index).find(
    (one) => !taken.has(`${bus}:${one}`),
  );
  if (lun === undefined) throw new Refused('UNSUPPORTED', 'it has no place for a DVD drive');
  return [
    iso,
    {
      as: 'filled',
      cmd: 'New-SCVirtualDVDDrive',
      args: { VM: ref('vm'), Bus: bus, LUN: lun, ISO: ref('iso'), ...run },
    },
  ];
}

/** Takes a disc out of the drive that holds it; undefined when none does. */
export function ejection({ dvds }: Machine, disc: string): Change | undefined {
  const drive = dvds.find(({ iso }) => iso !== undefined && baseName(iso) === baseName(disc));
  if (drive === undefined) return undefined;
  const eject: Step = {
    as: 'emptied',
    cmd: 'Set-SCVirtualDVDDrive',
    args: { VirtualDVDDrive: ref('drive'), NoMedia: true, ...run },
  };
  return { name: 'eject-disc', steps: [driveStep(drive.id), eject] };
}
