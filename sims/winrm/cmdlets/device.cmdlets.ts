import {
  addAdapter,
  addDisk,
  attachDisk,
  change,
  connect,
  demandFree,
  expand,
  insert,
  type Connection,
  type NewDisk,
} from '../model/changes';
import { VirtualDvdDrive } from '../model/devices';
import { VmmError } from '../model/errors';
import type { Machine } from '../model/machine';
import { demandPresence, demandState } from '../model/states';
import type { Vmm } from '../model/vmm';
import { cmdlet, settled, type Arguments, type Cmdlet } from './cmdlet';
import { ASYNC, ON_BEHALF, SERVER } from './parameters';

const NETWORK =
  'IPv4AddressType:string IPv6AddressType:string EnableMACAddressSpoofing:bool VMNetwork:VMNetwork VMSubnet:VMSubnet VLanEnabled:bool VLanID:uint16 VirtualNetwork:string MACAddress:string MACAddressType:string NoConnection:switch LogicalNetwork:LogicalNetwork';
const NEW_DISK =
  'Bus:byte! LUN:byte! VirtualHardDiskSizeMB:int64! FileName:string! Path:string VolumeType:string ReturnImmediately:switch';
const DISK_SETS = ['SCSI', 'IDE'].flatMap((bus) => ['Dynamic', 'Fixed'].map((type) => `${bus}:switch ${type}:switch`));

/** Cmdlets about disks, network cards and DVD drives of a VM. */
export const deviceCmdlets: readonly Cmdlet[] = [
  cmdlet('Get-SCVirtualDiskDrive', {
    sets: [`VM:VM! ${ON_BEHALF}`, `All:switch! ${SERVER} ${ON_BEHALF}`],
    run: ({ vmm, args }) => machinesOf(vmm, args).flatMap(({ VirtualDiskDrives }) => VirtualDiskDrives),
  }),
  cmdlet('New-SCVirtualDiskDrive', {
    change: 'resize',
    all: `${NEW_DISK} ${SERVER} ${ASYNC}`,
    sets: DISK_SETS.flatMap((set) => [`VM:VM! ${set}`, `JobGroup:guid! ${set}`]),
    run: ({ vmm, args }) => {
      const wanted = diskOf(args);
      const machine = args.object('VM', 'VM');
      if (machine === undefined) {
        return later(vmm, args, (target) => {
          addDisk(target, wanted);
        });
      }
      const { drive, job } = attachDisk(vmm, machine, wanted);
      return settled(args, job, drive);
    },
  }),
  cmdlet('Expand-SCVirtualDiskDrive', {
    change: 'resize',
    sets: [`VirtualDiskDrive:VirtualDiskDrive! VirtualHardDiskSizeGB:int! JobGroup:guid ${ASYNC}`],
    run: ({ vmm, args }) => {
      const drive = args.the('VirtualDiskDrive', 'VirtualDiskDrive');
      return settled(args, expand(vmm, drive, args.number('VirtualHardDiskSizeGB') ?? 0), drive);
    },
  }),
  cmdlet('Get-SCVirtualNetworkAdapter', {
    sets: [`VM:VM! ${ON_BEHALF}`, `All:switch! ${SERVER} ${ON_BEHALF}`],
    run: ({ vmm, args }) => machinesOf(vmm, args).flatMap(({ VirtualNetworkAdapters }) => VirtualNetworkAdapters),
  }),
  cmdlet('New-SCVirtualNetworkAdapter', {
    change: 'resize',
    all: `${NETWORK} Synthetic:switch NoVMNetwork:switch ${ASYNC}`,
    sets: ['VM:VM!', `JobGroup:guid! ${SERVER}`],
    run: ({ vmm, args }) => {
      const wanted = connectionOf(args);
      const machine = args.object('VM', 'VM');
      if (machine === undefined) {
        return later(vmm, args, (target) => {
          addAdapter(vmm, target, wanted);
        });
      }
      demandState(machine, machine.Generation === 2 ? ['Running', 'PowerOff'] : ['PowerOff']);
      const adapter = addAdapter(vmm, machine, wanted);
      return settled(args, change(vmm, machine, 'Create virtual network adapter', none), adapter);
    },
  }),
  cmdlet('Set-SCVirtualNetworkAdapter', {
    change: 'resize',
    all: `${NETWORK} NoLogicalNetwork:switch ${SERVER} ${ASYNC}`,
    sets: [
      'VirtualNetworkAdapter:VirtualNetworkAdapter! JobGroup:guid IPv4Addresses:string[] IPv6Addresses:string[]',
      'SlotID:int! JobGroup:guid!',
    ],
    run: ({ vmm, args }) => {
      const wanted = connectionOf(args);
      const adapter = args.object('VirtualNetworkAdapter', 'VirtualNetworkAdapter');
      if (adapter === undefined) {
        const slot = args.number('SlotID');
        return later(vmm, args, (target) => {
          const found = target.VirtualNetworkAdapters.find(({ SlotID }) => SlotID === slot);
          if (found === undefined) throw new VmmError(801, ['VirtualNetworkAdapter', String(slot)]);
          connect(vmm, found, wanted);
        });
      }
      const machine = vmm.ownerOf(adapter);
      demandState(
        machine,
        wanted.mac === undefined && wanted.macType === undefined ? ['Running', 'PowerOff'] : ['PowerOff'],
      );
      const job = change(vmm, machine, 'Change virtual network adapter', () => {
        connect(vmm, adapter, wanted);
      });
      return settled(args, job, adapter);
    },
  }),
  cmdlet('Remove-SCVirtualNetworkAdapter', {
    change: 'resize',
    sets: [`VirtualNetworkAdapter:VirtualNetworkAdapter! ${ASYNC}`],
    run: ({ vmm, args }) => {
      const adapter = args.the('VirtualNetworkAdapter', 'VirtualNetworkAdapter');
      const machine = vmm.ownerOf(adapter);
      demandState(machine, machine.Generation === 2 ? ['Running', 'PowerOff'] : ['PowerOff']);
      const job = change(vmm, machine, 'Remove virtual network adapter', () => {
        machine.VirtualNetworkAdapters = machine.VirtualNetworkAdapters.filter((one) => one !== adapter);
      });
      return settled(args, job, adapter);
    },
  }),
  cmdlet('New-SCVirtualDVDDrive', {
    change: 'label',
    all: `VM:VM! Bus:byte! LUN:byte! ReturnImmediately:switch ${ASYNC}`,
    sets: ['', 'ISO:ISO! Link:switch'],
    run: ({ vmm, args }) => {
      const machine = args.the('VM', 'VM');
      demandState(machine, ['PowerOff']);
      const slot = { bus: busOf(machine), number: args.number('Bus') ?? 0, lun: args.number('LUN') ?? 0 };
      demandFree(machine, slot);
      const drive = new VirtualDvdDrive(machine, slot);
      drive.ISO = args.object('ISO', 'ISO') ?? null;
      const job = change(vmm, machine, 'Create virtual DVD drive', () => {
        machine.VirtualDVDDrives = [...machine.VirtualDVDDrives, drive];
      });
      return settled(args, job, drive);
    },
  }),
  cmdlet('Get-SCVirtualDVDDrive', {
    sets: [`VM:VM! ${ON_BEHALF}`, `All:switch! ${SERVER} ${ON_BEHALF}`],
    run: ({ vmm, args }) => machinesOf(vmm, args).flatMap(({ VirtualDVDDrives }) => VirtualDVDDrives),
  }),
  cmdlet('Set-SCVirtualDVDDrive', {
    change: 'label',
    all: `VirtualDVDDrive:VirtualDVDDrive! Bus:byte LUN:byte JobGroup:guid ${ASYNC}`,
    sets: ['ISO:ISO! Link:switch', 'NoMedia:switch!'],
    run: ({ vmm, args }) => {
      const drive = args.the('VirtualDVDDrive', 'VirtualDVDDrive');
      const job = insert(vmm, drive, args.object('ISO', 'ISO') ?? null, args.isOn('Link'));
      return settled(args, job, drive);
    },
  }),
];

/** Generation 2 has SCSI alone. */
const busOf = ({ Generation }: Machine): 'SCSI' | 'IDE' => (Generation === 2 ? 'SCSI' : 'IDE');
const none = (): void => undefined;

function machinesOf(vmm: Vmm, args: Arguments): readonly Machine[] {
  const machine = args.object('VM', 'VM');
  if (machine !== undefined) demandPresence(machine);
  return machine === undefined ? vmm.visibleMachines : [machine];
}

/** Puts a change off until the command that ends its job group. */
function later(vmm: Vmm, args: Arguments, act: (machine: Machine) => void): readonly [] {
  const key = args.text('JobGroup') ?? '';
  vmm.groups.set(key, [...(vmm.groups.get(key) ?? []), act]);
  return [];
}

const diskOf = (args: Arguments): NewDisk => ({
  busType: args.isOn('IDE') ? 'IDE' : 'SCSI',
  bus: args.number('Bus') ?? 0,
  lun: args.number('LUN') ?? 0,
  sizeMb: args.number('VirtualHardDiskSizeMB') ?? 0,
  fileName: args.text('FileName') ?? '',
  isFixed: args.isOn('Fixed'),
});

function connectionOf(args: Arguments): Connection {
  const isOff = ['NoConnection', 'NoVMNetwork', 'NoLogicalNetwork'].some((name) => args.isOn(name));
  const macType = args.text('MACAddressType')?.toLowerCase();
  return present({
    network: isOff ? null : args.object('VMNetwork', 'VMNetwork'),
    subnet: args.object('VMSubnet', 'VMSubnet'),
    vlanId: args.number('VLanID'),
    isVlanEnabled: args.boolean('VLanEnabled'),
    mac: args.text('MACAddress'),
    macType: macType === undefined ? undefined : macType === 'static' ? 'Static' : 'Dynamic',
  });
}

/** What is not undefined of it. */
const present = <T extends object>(all: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as never;
