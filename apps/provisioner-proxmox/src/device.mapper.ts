import { propertyOf, readProperties, type Property } from './property.mapper';
import { readNumber, readString, type PveRecord } from './reader.mapper';
import { bytesOf } from './size.mapper';

/** Buses that hold disks, with how many units each has, in the order in which their disks are counted. */
export const BUSES = { scsi: 31, virtio: 16, sata: 6, ide: 4 } as const;
export type Bus = keyof typeof BUSES;

/** A disk that the guest sees. */
export interface Disk {
  /** Such as `scsi0`. */
  readonly key: string;
  readonly bus: Bus;
  /** Such as `local-lvm:vm-100-disk-0`. */
  readonly volume: string;
  readonly storage: string;
  readonly sizeBytes: number;
}

/** A network card. */
export interface Nic {
  /** The N of `netN`. */
  readonly index: number;
  /** Lower case. */
  readonly mac: string | undefined;
  readonly bridge: string | undefined;
  readonly vlan: number | undefined;
  readonly properties: readonly Property[];
}

/** The devices of a configuration that DCM looks at. */
export interface Devices {
  /** The system disk first, then by bus and unit. */
  readonly disks: readonly Disk[];
  readonly nics: readonly Nic[];
  /** The cloud-init drive's key, where there is one. */
  readonly cloudInit: string | undefined;
}

const DISK_KEY = /^(scsi|virtio|sata|ide)(\d+)$/;

export function readDevices(config: PveRecord): Devices {
  const drives = Object.entries(config).flatMap(([key, value]) => readDrive(key, readString(value) ?? '') ?? []);
  const system = systemKey(config);
  const disks = drives.filter(({ isCdrom }) => !isCdrom);
  return {
    disks: disks.sort((one, other) => rank(one, system) - rank(other, system)).map(({ disk }) => disk),
    nics: readNics(config),
    cloudInit: drives.find(({ disk }) => /(^|[:/])vm-\d+-cloudinit|^[^:]+:cloudinit$/.test(disk.volume))?.disk.key,
  };
}

interface Drive {
  readonly disk: Disk;
  readonly unit: number;
  readonly isCdrom: boolean;
}

function readDrive(key: string, text: string): Drive | undefined {
  const [, bus, unit] = DISK_KEY.exec(key) ?? [];
  if (bus === undefined || unit === undefined) return undefined;
  const properties = readProperties(text);
  const volume = propertyOf(properties, '', 'file') ?? 'none';
  const disk = {
    key,
    bus: bus as Bus,
    volume,
    storage: volume.includes(':') ? (volume.split(':')[0] ?? '') : '',
    sizeBytes: bytesOf(propertyOf(properties, 'size')) ?? 0,
  };
  return { disk, unit: Number(unit), isCdrom: propertyOf(properties, 'media') === 'cdrom' || volume === 'none' };
}

/** The first disk from which the VM boots. */
function systemKey(config: PveRecord): string | undefined {
  const boot = readString(config['boot']) ?? '';
  const order = propertyOf(readProperties(boot), 'order')?.split(';') ?? [];
  const bootdisk = readString(config['bootdisk']);
  return [...order, ...(bootdisk === undefined ? [] : [bootdisk])].find((key) => isDisk(config, key));
}

function isDisk(config: PveRecord, key: string): boolean {
  const text = readString(config[key]);
  return text !== undefined && readDrive(key, text)?.isCdrom === false;
}

/** The system disk, then its bus, then the other buses. */
function rank({ disk: { key, bus }, unit }: Drive, system: string | undefined): number {
  if (key === system) return -1;
  const isSameBus = system?.startsWith(bus) === true;
  return (isSameBus ? 0 : 1_000 * (1 + Object.keys(BUSES).indexOf(bus))) + unit;
}

const readNics = (config: PveRecord): Nic[] =>
  Object.entries(config)
    .flatMap(([key, value]) => {
      const [, index] = /^net(\d+)$/.exec(key) ?? [];
      return index === undefined ? [] : [readNic(Number(index), readString(value) ?? '')];
    })
    .sort((one, other) => one.index - other.index);

const NIC_OPTIONS = new Set(['bridge', 'tag', 'firewall', 'rate', 'queues', 'mtu', 'trunks', 'link_down', 'model']);
const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

function readNic(index: number, text: string): Nic {
  const properties = readProperties(text);
  const named = properties.find(({ key, value }) => !NIC_OPTIONS.has(key) && MAC.test(value));
  return {
    index,
    mac: named?.value.toLowerCase(),
    bridge: propertyOf(properties, 'bridge'),
    vlan: readNumber(propertyOf(properties, 'tag')),
    properties,
  };
}
