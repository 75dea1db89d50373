import { isRecord, readList, readNumber, readRecord, readString, typeOf, type VimRecord } from './client/reader';
import { VIM25 } from './client/schema';

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

/** Whether the disk holds only what differs from another one: from a snapshot's, which a linked clone shares. */
export const isChild = ({ raw }: Disk): boolean => readRecord(raw['backing'])['parent'] !== undefined;

/** Whether DCM can plug this card into another network: its type must be one that the table lists. */
export const canRewire = ({ type }: Nic): boolean => VIM25.types.has(type);
