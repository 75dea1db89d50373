import { allOf } from '../access/permission';
import type { Endpoint } from '../http/endpoint';
import { digest, node, storage, vmid } from '../schema/common.parameters';
import { configId } from '../schema/formats';
import { choice, flag, integer, optional, text, type ParameterTable } from '../schema/parameter';
import { convertToTemplate, moveDisk, resizeDisk, unlinkDisks } from './disks';

const vmPath = '/nodes/{node}/qemu/{vmid}';
const one: ParameterTable = { node, vmid };

const keys = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}${index}`);

const disks = [
  ...[...keys('ide', 4), ...keys('scsi', 31), ...keys('virtio', 16), ...keys('sata', 6)],
  ...['efidisk0', 'tpmstate0'],
];
const disksAndUnused = [...disks, ...keys('unused', 256)];

/** Disks of a VM. */
export const diskEndpoints: readonly Endpoint[] = [
  {
    method: 'PUT',
    path: `${vmPath}/resize`,
    permission: allOf('/vms/{vmid}', 'VM.Config.Disk'),
    parameters: {
      ...one,
      digest: optional(digest),
      disk: choice(...disks),
      size: text({ pattern: /\+?\d+(\.\d+)?[KMGT]?/ }),
      skiplock: optional(flag()),
    },
    isProtected: true,
    handle: resizeDisk,
  },
  {
    method: 'POST',
    path: `${vmPath}/move_disk`,
    permission: allOf('/vms/{vmid}', 'VM.Config.Disk'),
    parameters: {
      ...one,
      bwlimit: optional(integer({ minimum: 0 })),
      delete: optional(flag()),
      digest: optional(digest),
      disk: choice(...disksAndUnused),
      format: optional(choice('raw', 'qcow2', 'vmdk')),
      storage: optional(storage),
      'target-digest': optional(digest),
      'target-disk': optional(choice(...disksAndUnused)),
      'target-vmid': optional(vmid),
    },
    isProtected: true,
    handle: moveDisk,
  },
  {
    method: 'POST',
    path: `${vmPath}/template`,
    permission: allOf('/vms/{vmid}', 'VM.Allocate'),
    parameters: { ...one, disk: optional(choice(...disks)) },
    isProtected: true,
    handle: convertToTemplate,
  },
  {
    method: 'PUT',
    path: `${vmPath}/unlink`,
    permission: allOf('/vms/{vmid}', 'VM.Config.Disk'),
    parameters: { ...one, force: optional(flag()), idlist: text({ format: configId, isList: true }) },
    isProtected: true,
    handle: unlinkDisks,
  },
];
