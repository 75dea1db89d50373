import { readDevices } from '../device.mapper';
import type { Node, Places, Storage } from '../places';
import type { Template } from '../template';

const GIB = 1024 ** 3;

export const aNode = (overrides: Partial<Node> = {}): Node => ({
  name: 'pve1',
  isOnline: true,
  cpus: 8,
  memoryTotalMib: 16_384,
  memoryUsedMib: 4_096,
  ...overrides,
});

export const aStorage = (overrides: Partial<Storage> = {}): Storage => ({
  name: 'ceph',
  node: 'pve1',
  type: 'rbd',
  isShared: false,
  isActive: true,
  content: new Set(['images']),
  totalBytes: 100 * GIB,
  usedBytes: 10 * GIB,
  ...overrides,
});

/** A shared storage as several nodes see it. */
export const shared = (name: string, nodes: readonly string[], overrides: Partial<Storage> = {}): Storage[] =>
  nodes.map((node) => aStorage({ name, node, isShared: true, ...overrides }));

export const aTemplate = (
  overrides: {
    vmid?: number;
    node?: string;
    disk?: string;
    digest?: string;
    net?: boolean;
    firmware?: Template['firmware'];
  } = {},
): Template => ({
  image: { vmid: overrides.vmid ?? 9001, name: 'debian', node: overrides.node ?? 'pve1' },
  digest: overrides.digest ?? 'a'.repeat(40),
  sockets: 1,
  firmware: overrides.firmware ?? { isUefi: false, hasKeys: undefined },
  devices: readDevices({
    boot: 'order=scsi0',
    scsi0: overrides.disk ?? 'ceph:base-9001-disk-0,size=4G',
    ide2: 'ceph:vm-9001-cloudinit,media=cdrom',
    ...(overrides.net !== false && { net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0' }),
  }),
});

/** A cluster of two nodes with one shared storage and one bridge on each. */
export const somePlaces = (overrides: Partial<Places> = {}): Places => ({
  nodes: [aNode(), aNode({ name: 'pve2', memoryUsedMib: 2_048 })],
  storages: shared('ceph', ['pve1', 'pve2']),
  networks: [
    { name: 'vmbr0', kind: 'bridge', node: 'pve1' },
    { name: 'vmbr0', kind: 'bridge', node: 'pve2' },
  ],
  images: [{ vmid: 9001, name: 'debian', node: 'pve1' }],
  pools: ['dcm'],
  ...overrides,
});
