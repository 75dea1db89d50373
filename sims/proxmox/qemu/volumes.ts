import { failure } from '../api.error';
import type { Cluster } from '../cluster/cluster';
import type { Volume } from '../storage/storage';
import type { VolumeFormat } from '../storage/traits';
import { parseSize, readDrive, writeDrive, writeSize } from './drive';
import type { Vm } from './vm';

const GIB = 1024 ** 3;
const CLOUD_INIT_BYTES = 4 * 1024 ** 2;

/** What a drive's new value has made of its storage. */
export interface StoredDrive {
  /** As the configuration keeps it. */
  readonly value: string;
  /** A volume that was allotted for it. */
  readonly allotted?: string;
}

/**
 * Allots what a drive's new value asks for: `storage:8` in GiB, `storage:cloudinit`, or `storage:0,import-from=…`.
 * A volume that exists is taken as it is.
 * @throws ApiError 500 when storage or volume do not exist, or the space does not suffice.
 */
export function storeDrive(cluster: Cluster, vm: Vm, key: string, value: string): StoredDrive {
  const drive = readDrive(key, value);
  const [storageId = '', wanted = ''] = splitVolume(drive.volume);
  if (drive.volume === 'none' || drive.volume === 'cdrom') return { value: writeDrive(drive.properties) };
  if (wanted === 'cloudinit') return cloudInitDrive(cluster, vm, storageId, drive.properties);
  if (/^\d+(\.\d+)?$/.test(wanted)) return newDisk(cluster, vm, { storageId, gib: Number(wanted) }, drive.properties);
  const located = cluster.storages.locate(drive.volume, vm.node);
  if (located === undefined) {
    cluster.storages.onNode(storageId, vm.node);
    throw failure(`volume '${drive.volume}' does not exist`);
  }
  return { value: withVolume(drive.properties, drive.volume, located.volume.bytes) };
}

const splitVolume = (volume: string): readonly string[] => {
  const at = volume.indexOf(':');
  return [volume.slice(0, at), volume.slice(at + 1)];
};

function withVolume(properties: ReadonlyMap<string, string>, volume: string, bytes: number): string {
  const dropped = ['file', 'volume', 'format', 'import-from', 'size'];
  const kept = [...properties].filter(([key]) => !dropped.includes(key));
  return writeDrive(new Map([['file', volume], ...kept, ['size', writeSize(bytes)]]));
}

function cloudInitDrive(
  cluster: Cluster,
  vm: Vm,
  storageId: string,
  properties: ReadonlyMap<string, string>,
): StoredDrive {
  const storage = cluster.storages.onNode(storageId, vm.node);
  const stem = `vm-${vm.vmid}-cloudinit`;
  if (storage.volumes().some((one) => one.name.includes(stem))) {
    throw failure(`unable to create cloud-init drive: volume '${storageId}:${stem}' already exists`);
  }
  const volume = storage.allocate({
    vmid: vm.vmid,
    purpose: 'cloudinit',
    bytes: CLOUD_INIT_BYTES,
    usedBytes: CLOUD_INIT_BYTES,
  });
  return {
    value: withVolume(new Map([...properties, ['media', 'cdrom']]), volume.id, volume.bytes),
    allotted: volume.id,
  };
}

function newDisk(
  cluster: Cluster,
  vm: Vm,
  { storageId, gib }: { storageId: string; gib: number },
  properties: ReadonlyMap<string, string>,
): StoredDrive {
  const storage = cluster.storages.onNode(storageId, vm.node);
  if (!storage.options.content.includes('images')) {
    throw failure(`storage '${storageId}' does not support content-type 'images'`);
  }
  const source = properties.get('import-from');
  if (source === undefined && gib === 0) {
    throw failure(`unable to create a disk of size 0 on storage '${storageId}'`);
  }
  const { bytes, usedBytes, hasSystem } =
    source === undefined ? { bytes: gib * GIB, usedBytes: 0, hasSystem: false } : imported(cluster, vm, source);
  const format = properties.get('format') as VolumeFormat | undefined;
  const wanted = { vmid: vm.vmid, purpose: 'disk', bytes, usedBytes, hasSystem } as const;
  const volume = storage.allocate(format === undefined ? wanted : { ...wanted, format });
  return { value: withVolume(properties, volume.id, volume.bytes), allotted: volume.id };
}

function imported(cluster: Cluster, vm: Vm, source: string): Volume {
  const located = cluster.storages.locate(source, vm.node);
  if (located === undefined) throw failure(`volume '${source}' does not exist`);
  return located.volume;
}

/** Removes a volume, if it is there. */
export function freeVolume(cluster: Cluster, node: string, volumeId: string): void {
  const located = cluster.storages.locate(volumeId, node);
  located?.storage.remove(located.volume.name);
}

/** The size that a drive's value states, in bytes. */
export const driveBytes = (properties: ReadonlyMap<string, string>): number => parseSize(properties.get('size') ?? '0');
