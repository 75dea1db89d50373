import { isReference } from './client/managed.object';
import { isRecord, readList, readNumber, readRecord, readString, typeOf, type VimRecord } from './client/reader';
import { VIM25 } from './client/schema';
import type { VimObject, VimValue } from './client/vim.data';

const KIB_PER_GIB = 1024 * 1024;
const BYTES_PER_KIB = 1024;

/** What all devices have. */
interface Device {
  readonly key: number;
  readonly type: string;
  readonly controllerKey: number | undefined;
  readonly unitNumber: number | undefined;
  readonly raw: VimRecord;
}

/** A virtual disk. */
export interface Disk extends Device {
  readonly sizeKib: number;
}

/** A virtual network card. */
export interface Nic extends Device {
  readonly mac: string | undefined;
}

/** A controller with the units that are taken. */
export interface Controller extends Device {
  readonly busNumber: number;
}

/** The devices that DCM looks at, each kind in the order of keys: that is the order in which vSphere numbers them. */
export interface Devices {
  readonly disks: readonly Disk[];
  readonly nics: readonly Nic[];
  readonly scsiControllers: readonly Controller[];
  readonly all: readonly Device[];
}

/** Reads `config.hardware.device`. Numbers of device types that the table does not list come as text. */
export function readDevices(list: unknown): Devices {
  const all = readList(list)
    .filter(isRecord)
    .map(readDevice)
    .sort((one, other) => one.key - other.key);
  return {
    all,
    disks: all.filter(({ type }) => is(type, 'VirtualDisk')).map(readDisk),
    nics: all.filter(isNic).map((device) => ({ ...device, mac: readString(device.raw['macAddress'])?.toLowerCase() })),
    scsiControllers: all
      .filter(({ type }) => is(type, 'VirtualSCSIController'))
      .map((device) => ({ ...device, busNumber: asNumber(device.raw['busNumber']) ?? 0 })),
  };
}

const is = (type: string, base: string): boolean => VIM25.isSubtype(type, base);

/** Cards of types that the table does not list (flexible, SR-IOV) have their address all the same. */
const isNic = ({ type, raw }: Device): boolean => is(type, 'VirtualEthernetCard') || 'macAddress' in raw;

function readDevice(raw: VimRecord): Device {
  return {
    key: asNumber(raw['key']) ?? 0,
    type: typeOf(raw) ?? 'VirtualDevice',
    controllerKey: asNumber(raw['controllerKey']),
    unitNumber: asNumber(raw['unitNumber']),
    raw,
  };
}

function readDisk(device: Device): Disk {
  const bytes = asNumber(device.raw['capacityInBytes']);
  const sizeKib = bytes === undefined ? asNumber(device.raw['capacityInKB']) : bytes / BYTES_PER_KIB;
  return { ...device, sizeKib: sizeKib ?? 0 };
}

function asNumber(data: unknown): number | undefined {
  return typeof data === 'string' && data !== '' ? Number(data) : readNumber(data);
}

/** GiB as vSphere's KiB. */
export const kibOf = (sizeGib: number): number => sizeGib * KIB_PER_GIB;

/** A disk's size in GiB; a fraction when it is none that DCM made. */
export const gibOf = ({ sizeKib }: Disk): number => sizeKib / KIB_PER_GIB;

/** Whether DCM can make this disk larger: the backing must be one that the table lists. */
export const canGrow = ({ raw }: Disk): boolean => typeOf(raw['backing']) === 'VirtualDiskFlatVer2BackingInfo';

/** Whether DCM can plug this card into another network: its type must be one that the table lists. */
export const canRewire = ({ type }: Nic): boolean => VIM25.types.has(type);

/** What of a backing is sent back when its disk changes; the server fills in the rest. */
const BACKING_FIELDS = [
  'fileName',
  'datastore',
  'backingObjectId',
  'diskMode',
  'split',
  'writeThrough',
  'thinProvisioned',
  'eagerlyScrub',
  'uuid',
  'contentId',
  'digestEnabled',
  'sharing',
] as const;

/** The change that gives a disk another size; vSphere wants its whole backing again, and the size in both units. */
export function growDisk(disk: Disk, sizeKib: number): VimObject {
  const backing = readRecord(disk.raw['backing']);
  const kept = BACKING_FIELDS.filter((field) => backing[field] !== undefined);
  return {
    operation: 'edit',
    device: {
      $type: 'VirtualDisk',
      key: disk.key,
      backing: {
        $type: 'VirtualDiskFlatVer2BackingInfo',
        ...Object.fromEntries(kept.map((field) => [field, asVimValue(backing[field])])),
      },
      controllerKey: disk.controllerKey,
      unitNumber: disk.unitNumber,
      capacityInKB: sizeKib,
      capacityInBytes: sizeKib * BYTES_PER_KIB,
    },
  };
}

/** The fields of a backing are scalars and one reference. */
function asVimValue(data: unknown): VimValue {
  if (isReference(data)) return data;
  return typeof data === 'string' || typeof data === 'boolean' || typeof data === 'number' ? data : undefined;
}

/** Where a new disk is plugged in. */
export interface Slot {
  readonly controllerKey: number;
  readonly unitNumber: number;
}

/** The change that adds a disk beside the VM's own files; `key` is negative and unique in the call. */
export function addDisk(key: number, slot: Slot, sizeKib: number, isThin: boolean): VimObject {
  return {
    operation: 'add',
    fileOperation: 'create',
    device: {
      $type: 'VirtualDisk',
      key,
      backing: {
        $type: 'VirtualDiskFlatVer2BackingInfo',
        fileName: '',
        diskMode: 'persistent',
        thinProvisioned: isThin,
      },
      ...slot,
      capacityInKB: sizeKib,
      capacityInBytes: sizeKib * BYTES_PER_KIB,
    },
  };
}

/** The change that adds a paravirtual SCSI controller. */
export function addController(key: number, busNumber: number): VimObject {
  return {
    operation: 'add',
    device: { $type: 'ParaVirtualSCSIController', key, busNumber, sharedBus: 'noSharing' },
  };
}

const CONNECTED_AT_START = { startConnected: true, allowGuestControl: true, connected: true };

/** The change that adds a vmxnet3 card. */
export function addNic(key: number, backing: VimObject): VimObject {
  return {
    operation: 'add',
    device: {
      $type: 'VirtualVmxnet3',
      key,
      backing,
      connectable: CONNECTED_AT_START,
      addressType: 'generated',
      wakeOnLanEnabled: true,
    },
  };
}

/** The change that plugs a card into another network; it keeps its address. */
export function rewireNic(nic: Nic, backing: VimObject): VimObject {
  return {
    operation: 'edit',
    device: {
      $type: nic.type,
      key: nic.key,
      backing,
      connectable: CONNECTED_AT_START,
      controllerKey: nic.controllerKey,
      unitNumber: nic.unitNumber,
      addressType: readString(nic.raw['addressType']),
      macAddress: readString(nic.raw['macAddress']),
    },
  };
}

/** The change that removes a card. */
export function removeNic(nic: Nic): VimObject {
  return { operation: 'remove', device: { $type: canRewire(nic) ? nic.type : 'VirtualDevice', key: nic.key } };
}
