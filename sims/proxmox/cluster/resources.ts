import type { Identity } from '../access/identity';
import { nodeLoad } from '../nodes/load';
import type { Vm } from '../qemu/vm';
import type { Storage } from '../storage/storage';
import type { Published } from './broadcast';
import type { Cluster } from './cluster';
import type { ClusterNode } from './node';
import type { Pool } from './pools';

/** An entry of a list of resources; what else is in it depends on the kind. */
export interface ResourceEntry {
  readonly [key: string]: unknown;
  readonly type: string;
  readonly id: string;
}

/** What the last broadcast said; nothing yet for a new VM. */
function publishedOf(published: Published | undefined): object {
  if (published === undefined) return { status: 'unknown' };
  const { startedAt } = published;
  const uptime = startedAt === undefined ? 0 : Math.max(0, Math.floor((Date.now() - startedAt) / 1000));
  const mem = startedAt === undefined ? 0 : Math.floor(published.memoryBytes / 2);
  return {
    name: published.name,
    status: published.status,
    template: published.isTemplate ? 1 : 0,
    maxcpu: published.cpus,
    maxmem: published.memoryBytes,
    maxdisk: published.diskBytes,
    cpu: startedAt === undefined ? 0 : 0.01,
    ...{ mem, memhost: mem, disk: 0, uptime, netin: 0, netout: 0, diskread: 0, diskwrite: 0 },
  };
}

/** Node, lock, tags and pool come from the configuration itself, and are never old. */
function vmEntry(cluster: Cluster, vm: Vm, pool: string | undefined): ResourceEntry {
  const { lock } = vm.config;
  const tags = vm.config.text('tags');
  return {
    type: 'qemu',
    id: `qemu/${vm.vmid}`,
    vmid: vm.vmid,
    node: vm.node,
    ...publishedOf(cluster.broadcast.of(vm.vmid)),
    ...(lock === undefined ? {} : { lock }),
    ...(tags === undefined ? {} : { tags }),
    ...(pool === undefined ? {} : { pool }),
  };
}

function vmEntries(cluster: Cluster, identity: Identity): readonly object[] {
  const pools = new Map(cluster.pools.all().flatMap((pool) => [...pool.vmids].map((vmid) => [vmid, pool.id] as const)));
  return [...cluster.vms.values()]
    .filter((vm) => cluster.access.has(`/vms/${vm.vmid}`, identity, ['VM.Audit']))
    .map((vm) => vmEntry(cluster, vm, pools.get(vm.vmid)));
}

/** Numbers are for those who may audit the node. */
export function nodeEntry(cluster: Cluster, node: ClusterNode, identity: Identity): object {
  const base = { type: 'node', id: `node/${node.name}`, node: node.name, status: node.isAlive ? 'online' : 'offline' };
  if (!node.isAlive || !cluster.access.has(`/nodes/${node.name}`, identity, ['Sys.Audit'])) return base;
  return { ...base, level: '', 'cgroup-mode': 2, ...nodeLoad(cluster, node) };
}

function storageEntry(storage: Storage, node: ClusterNode): ResourceEntry {
  return {
    type: 'storage',
    id: `storage/${node.name}/${storage.id}`,
    storage: storage.id,
    node: node.name,
    status: storage.isActive && node.isAlive ? 'available' : 'unknown',
    disk: storage.usedBytes,
    maxdisk: storage.totalBytes,
    shared: storage.isShared ? 1 : 0,
    plugintype: storage.options.type,
    content: storage.options.content.join(','),
  };
}

function storageEntries(cluster: Cluster, identity: Identity): readonly object[] {
  return [...cluster.nodes.values()].flatMap((node) =>
    cluster.storages
      .ofNode(node.name)
      .filter(({ id }) =>
        cluster.access.has(`/storage/${id}`, identity, ['Datastore.Audit', 'Datastore.AllocateSpace'], 'any'),
      )
      .map((storage) => storageEntry(storage, node)),
  );
}

function sdnEntries(cluster: Cluster, identity: Identity): readonly object[] {
  const zones = new Set(['localnetwork', ...cluster.options.vnets.map(({ zone }) => zone)]);
  return [...cluster.nodes.values()].flatMap(({ name, isAlive }) =>
    [...zones]
      .filter((zone) =>
        cluster.access.has(`/sdn/zones/${zone}`, identity, ['SDN.Audit', 'SDN.Use', 'SDN.Allocate'], 'any'),
      )
      .map((sdn) => ({ type: 'sdn', id: `sdn/${name}/${sdn}`, sdn, node: name, status: isAlive ? 'ok' : 'unknown' })),
  );
}

/** The members of a pool that the caller may see. */
export function memberEntries(cluster: Cluster, identity: Identity, pool: Pool): readonly ResourceEntry[] {
  const vms = [...cluster.vms.values()].filter(({ vmid }) => pool.vmids.has(vmid));
  const storages = [...cluster.nodes.values()].flatMap((node) =>
    cluster.storages
      .ofNode(node.name)
      .filter(({ id }) => pool.storages.has(id))
      .map((storage) => storageEntry(storage, node)),
  );
  const seen = vms.filter(({ vmid }) => cluster.access.has(`/vms/${vmid}`, identity, ['VM.Audit']));
  return [...seen.map((vm) => vmEntry(cluster, vm, pool.id)), ...storages];
}

/** GET /cluster/resources: what the caller may see, of one kind or of all. */
export function resourcesOf(cluster: Cluster, identity: Identity, type: string | undefined): readonly object[] {
  const wants = (kind: string): boolean => type === undefined || type === kind;
  return [
    ...(wants('vm') ? vmEntries(cluster, identity) : []),
    ...(wants('node') ? [...cluster.nodes.values()].map((node) => nodeEntry(cluster, node, identity)) : []),
    ...(wants('storage') ? storageEntries(cluster, identity) : []),
    ...(wants('sdn') ? sdnEntries(cluster, identity) : []),
  ];
}
