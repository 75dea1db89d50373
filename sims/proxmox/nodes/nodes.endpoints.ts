import { allOf, everybody } from '../access/permission';
import type { Call, Endpoint } from '../http/endpoint';
import { nodeEntry } from '../cluster/resources';
import { node } from '../schema/common.parameters';
import { choice, optional } from '../schema/parameter';
import { nodeLoad } from './load';
import { versionOf } from './version';

const networkTypes = [
  ...['bridge', 'bond', 'eth', 'alias', 'vlan', 'fabric', 'OVSBridge', 'OVSBond', 'OVSPort', 'OVSIntPort', 'vnet'],
  ...['any_bridge', 'any_local_bridge', 'include_sdn'],
];

/** GET /nodes: fingerprints for everybody, numbers for auditors. */
function nodes({ cluster, identity }: Call): readonly object[] {
  return [...cluster.nodes.values()].map((one) => ({
    ...nodeEntry(cluster, one, identity),
    ssl_fingerprint: one.fingerprint,
  }));
}

function status({ cluster, node: at }: Call): object {
  const load = nodeLoad(cluster, at);
  return {
    uptime: load.uptime,
    cpu: load.cpu,
    wait: 0,
    idle: 0,
    loadavg: ['0.05', '0.04', '0.01'],
    kversion: 'Linux 6.17.2-1-pve #1 SMP PREEMPT_DYNAMIC',
    pveversion: `pve-manager/${versionOf(cluster.options.version).version}/${versionOf(cluster.options.version).repoid}`,
    cpuinfo: { cpus: load.maxcpu, cores: load.maxcpu, sockets: 1, model: 'Simulated CPU', mhz: '2400.000', hvm: '1' },
    memory: { total: load.maxmem, used: load.mem, free: load.maxmem - load.mem, available: load.maxmem - load.mem },
    swap: { total: 0, used: 0, free: 0 },
    rootfs: { total: load.maxdisk, used: load.disk, free: load.maxdisk - load.disk, avail: load.maxdisk - load.disk },
    ksm: { shared: 0 },
  };
}

interface Network {
  readonly iface: string;
  readonly type: string;
  readonly active: number;
}

/** Which of a node's interfaces a `type` of the call asks for. */
const isOfType = (type: string | undefined, one: Network): boolean =>
  type === undefined
    ? one.type !== 'vnet'
    : type === 'include_sdn' ||
      type === one.type ||
      (type === 'any_bridge' && ['bridge', 'OVSBridge', 'vnet'].includes(one.type)) ||
      (type === 'any_local_bridge' && ['bridge', 'OVSBridge'].includes(one.type));

function network(call: Call): readonly object[] {
  const { cluster, params } = call;
  const bridges = cluster.options.bridges.map((iface, index) => ({
    ...{ iface, type: 'bridge', active: 1, autostart: 1, method: 'static', bridge_stp: 'off', bridge_fd: '0' },
    ...{ bridge_ports: `eno${index + 1}`, priority: 3 + index, families: ['inet'] },
    ...(index === 0 ? { bridge_vlan_aware: 1 } : {}),
  }));
  const cards = bridges.map(({ bridge_ports: iface }) => ({
    iface,
    type: 'eth',
    active: 1,
    method: 'manual',
    exists: 1,
  }));
  const vnets = cluster.options.vnets.map(({ vnet }) => ({ iface: vnet, type: 'vnet', active: 1 }));
  const type = params.optionalText('type');
  const all: readonly Network[] = [...bridges, ...cards, ...vnets];
  return all.filter((one) => isOfType(type, one) && (type !== 'any_bridge' || mayUse(call, one.iface)));
}

/** Lists of bridges to choose from show those that the caller may use. */
function mayUse({ cluster, identity }: Call, bridge: string): boolean {
  const zone = cluster.options.vnets.find(({ vnet }) => vnet === bridge)?.zone ?? 'localnetwork';
  return cluster.access.has(`/sdn/zones/${zone}/${bridge}`, identity, ['SDN.Audit', 'SDN.Use'], 'any');
}

/** The machines of the cluster. */
export const nodeEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/version',
    permission: everybody,
    parameters: {},
    handle: ({ cluster }) => versionOf(cluster.options.version),
  },
  { method: 'GET', path: '/nodes', permission: everybody, parameters: {}, handle: nodes },
  {
    method: 'GET',
    path: '/nodes/{node}/version',
    permission: everybody,
    parameters: { node },
    handle: ({ cluster }) => versionOf(cluster.options.version),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/status',
    permission: allOf('/nodes/{node}', 'Sys.Audit'),
    parameters: { node },
    handle: status,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/network',
    permission: everybody,
    parameters: { node, type: optional(choice(...networkTypes)) },
    handle: network,
  },
];
