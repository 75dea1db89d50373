import { readProperties, writeProperties } from '../schema/property.string';
import type { ConfigValues } from './vm.config';

const DISK = /^(ide[0-3]|sata[0-5]|scsi([12]?\d|30)|virtio(1[0-5]|\d)|efidisk0|tpmstate0)$/;

/** Whether a configuration key is a drive, CD-ROMs among them. */
export const isDriveKey = (key: string): boolean => DISK.test(key);

export const isUnusedKey = (key: string): boolean => /^unused\d+$/.test(key);

/** A drive as a configuration names it. */
export interface Drive {
  readonly key: string;
  /** A volume id; `none` and `cdrom` for an empty CD-ROM drive. */
  readonly volume: string;
  readonly isCdrom: boolean;
  readonly isCloudInit: boolean;
  /** All properties with `file` among them. */
  readonly properties: ReadonlyMap<string, string>;
}

/** Reads a drive's value. */
export function readDrive(key: string, value: string): Drive {
  const properties = new Map(readProperties(value, 'file'));
  const volume = properties.get('file') ?? properties.get('volume') ?? '';
  return {
    key,
    volume,
    isCdrom: properties.get('media') === 'cdrom' || volume === 'none' || volume === 'cdrom',
    isCloudInit: /(^|[:/-])cloudinit(\.|$)/.test(volume),
    properties,
  };
}

/** Writes a drive's value, its volume first. */
export const writeDrive = (properties: ReadonlyMap<string, string>): string => writeProperties(properties, 'file');

/** All drives of a configuration. */
export function drivesOf(values: ReadonlyMap<string, string | number>): readonly Drive[] {
  return [...values].filter(([key]) => isDriveKey(key)).map(([key, value]) => readDrive(key, String(value)));
}

/** Those that hold data: no CD-ROMs. */
export const disksOf = (values: ReadonlyMap<string, string | number>): readonly Drive[] =>
  drivesOf(values).filter((drive) => !drive.isCdrom);

/** The first disk in the boot order, else the first disk. */
export function bootDisk(values: ReadonlyMap<string, string | number>): Drive | undefined {
  const order = /order=([^,]*)/.exec(String(values.get('boot') ?? ''))?.[1]?.split(';') ?? [];
  const disks = disksOf(values).filter((drive) => !/^(efidisk|tpmstate)/.test(drive.key));
  const first = order.map((key) => disks.find((drive) => drive.key === key)).find((drive) => drive !== undefined);
  return first ?? disks[0];
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** `1.5G` in bytes. */
export function parseSize(text: string): number {
  const [, number = '0', unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text) ?? [];
  return Math.round(Number(number) * (UNITS[unit] ?? 1));
}

/** Bytes in the largest unit that needs no fraction. */
export function writeSize(bytes: number): string {
  const unit = ['T', 'G', 'M', 'K'].find((one) => bytes >= (UNITS[one] ?? 1) && bytes % (UNITS[one] ?? 1) === 0);
  return unit === undefined ? String(bytes) : `${bytes / (UNITS[unit] ?? 1)}${unit}`;
}

/** Gives a volume that has lost its drive the next free key of its own. */
export function keepUnused(values: ConfigValues, volume: string): void {
  const keys = [...values].filter(([key, value]) => isUnusedKey(key) && value === volume);
  if (keys.length > 0) return;
  let index = 0;
  while (values.has(`unused${index}`)) index++;
  values.set(`unused${index}`, volume);
}
