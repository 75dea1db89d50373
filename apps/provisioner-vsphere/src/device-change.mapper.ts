import { isReference } from './client/managed.object';
import { readRecord, readString } from './client/reader';
import type { VimObject, VimValue } from './client/vim.data';
import { canRewire, type Disk, type Nic } from './device.mapper';

const BYTES_PER_KIB = 1024;

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
