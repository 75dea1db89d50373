import { failure } from '../api.error';
import { anyOf, everybody } from '../access/permission';
import type { Call, Endpoint } from '../http/endpoint';
import { node, storage, vmid } from '../schema/common.parameters';
import { choice, flag, integer, optional, text } from '../schema/parameter';
import type { Storage, StorageOptions, Volume } from './storage';

const READERS = ['Datastore.Audit', 'Datastore.AllocateSpace'];

const statusOf = (one: Storage): object => ({
  storage: one.id,
  type: one.options.type,
  content: one.options.content.join(','),
  shared: one.isShared ? 1 : 0,
  enabled: one.options.isEnabled === false ? 0 : 1,
  active: one.isActive ? 1 : 0,
  total: one.isActive ? one.totalBytes : 0,
  used: one.isActive ? one.usedBytes : 0,
  avail: one.isActive ? one.availableBytes : 0,
});

const listed = (one: Storage): object => ({
  ...statusOf(one),
  ...(one.isActive ? { used_fraction: one.usedBytes / one.totalBytes } : {}),
});

function storagesOf({ cluster, identity, node: at, params }: Call): readonly object[] {
  const wanted = params.list('content');
  const only = params.optionalText('storage');
  const target = params.optionalText('target');
  return cluster.storages
    .ofNode(at.name)
    .filter((one) => cluster.access.has(`/storage/${one.id}`, identity, READERS, 'any'))
    .filter((one) => wanted.length === 0 || wanted.some((content) => one.options.content.includes(content)))
    .filter((one) => !params.flag('enabled') || one.options.isEnabled !== false)
    .filter((one) => only === undefined || one.id === only)
    .filter((one) => target === undefined || one.isShared)
    .map(listed);
}

const volumeEntry = (volume: Volume): object => ({
  volid: volume.id,
  content: volume.content,
  format: volume.format,
  size: volume.bytes,
  used: volume.usedBytes,
  ctime: volume.createdAt,
  ...(volume.vmid === 0 ? {} : { vmid: volume.vmid }),
  ...(volume.base === undefined ? {} : { parent: volume.base.slice(volume.base.indexOf(':') + 1) }),
});

function contentOf({ cluster, node: at, params }: Call): readonly object[] {
  const content = params.optionalText('content');
  const owner = params.optionalNumber('vmid');
  return cluster.storages
    .asked(params.text('storage'), at.name)
    .volumes()
    .filter((one) => content === undefined || one.content === content)
    .filter((one) => owner === undefined || one.vmid === owner)
    .map(volumeEntry);
}

function removeVolume(call: Call): string {
  const { cluster, node: at, identity, params } = call;
  const wanted = params.text('volume');
  const id = wanted.includes(':') ? wanted : `${params.text('storage')}:${wanted}`;
  cluster.access.require(`/storage/${id.split(':')[0] ?? ''}`, identity, ['Datastore.Allocate']);
  const located = cluster.storages.locate(id, at.name);
  if (located === undefined) throw failure(`volume '${id}' does not exist`);
  if (located.storage.clonesOf(located.volume).length > 0) {
    throw failure(`base volume '${id}' is still in use by linked cloned`);
  }
  return cluster.tasks.start({ node: at.name, type: 'imgdel', id: located.volume.vmid, identity }, async (worker) => {
    await worker.work(cluster.tasks.delayMs('imgdel'));
    located.storage.remove(located.volume.name);
    worker.print(`Removed volume '${id}'`);
  }).upid;
}

const definitionOf = ({ id, type, content, nodes, shared }: StorageOptions): object => ({
  storage: id,
  type,
  content: content.join(','),
  ...(shared === true ? { shared: 1 } : {}),
  ...(nodes === undefined ? {} : { nodes: nodes.join(',') }),
});

const storagePath = '/nodes/{node}/storage/{storage}';
const storageTypes = [
  ...['btrfs', 'cephfs', 'cifs', 'dir', 'esxi', 'iscsi', 'iscsidirect', 'lvm', 'lvmthin', 'nfs', 'pbs', 'rbd', 'zfs'],
  'zfspool',
];

/** Storages, as the cluster defines them and as a node sees them. */
export const storageEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/storage',
    permission: everybody,
    parameters: { type: optional(choice(...storageTypes)) },
    handle: ({ cluster, identity, params }) =>
      cluster.storages
        .definitions()
        .filter(({ id }) => cluster.access.has(`/storage/${id}`, identity, READERS, 'any'))
        .filter(({ type }) => (params.optionalText('type') ?? type) === type)
        .map(definitionOf),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage',
    permission: everybody,
    parameters: {
      node,
      content: optional(text({ isList: true })),
      enabled: optional(flag()),
      format: optional(flag()),
      storage: optional(storage),
      target: optional(node),
    },
    isProtected: true,
    handle: storagesOf,
  },
  {
    method: 'GET',
    path: `${storagePath}/status`,
    permission: anyOf('/storage/{storage}', ...READERS),
    parameters: { node, storage },
    isProtected: true,
    handle: ({ cluster, node: at, params }) => statusOf(cluster.storages.asked(params.text('storage'), at.name)),
  },
  {
    method: 'GET',
    path: `${storagePath}/content`,
    permission: anyOf('/storage/{storage}', ...READERS),
    parameters: { node, storage, content: optional(text()), vmid: optional(vmid) },
    isProtected: true,
    handle: contentOf,
  },
  {
    method: 'DELETE',
    path: `${storagePath}/content/{volume}`,
    permission: everybody,
    parameters: {
      node,
      storage: optional(storage),
      volume: text(),
      delay: optional(integer({ minimum: 1, maximum: 30 })),
    },
    isProtected: true,
    handle: removeVolume,
  },
];
