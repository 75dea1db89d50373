import { badParameters } from '../api.error';
import { allOf, everybody } from '../access/permission';
import type { Call, Endpoint } from '../http/endpoint';
import { vmid } from '../schema/common.parameters';
import { choice, flag, optional } from '../schema/parameter';
import { clusterEntry, maySee } from '../tasks/tasks.endpoints';
import { resourcesOf } from './resources';

const FIRST_ID = 100;

/** It reserves nothing: the same id is given until a configuration has it. */
function nextId({ cluster, params }: Call): string {
  const wanted = params.optionalNumber('vmid');
  if (wanted !== undefined) {
    if (cluster.vms.has(wanted)) throw badParameters({ vmid: `VM ${wanted} already exists` });
    return String(wanted);
  }
  let id = FIRST_ID;
  while (cluster.vms.has(id)) id++;
  return String(id);
}

function status({ cluster, node }: Call): readonly object[] {
  const all = [...cluster.nodes.values()];
  const head = {
    ...{ type: 'cluster', id: 'cluster', name: 'dcm-sim', nodes: all.length, version: 7 },
    quorate: cluster.hasQuorum ? 1 : 0,
  };
  const nodes = all.map((one, index) => ({
    ...{ type: 'node', id: `node/${one.name}`, name: one.name, nodeid: index + 1, level: '', ip: '127.0.0.1' },
    online: one.isAlive ? 1 : 0,
    local: one === node ? 1 : 0,
  }));
  return [head, ...nodes];
}

function vnets({ cluster, identity }: Call): readonly object[] {
  return cluster.options.vnets
    .filter(({ zone, vnet }) =>
      cluster.access.has(`/sdn/zones/${zone}/${vnet}`, identity, ['SDN.Audit', 'SDN.Allocate'], 'any'),
    )
    .map(({ zone, vnet }) => ({ vnet, zone, type: 'vnet' }));
}

function zones({ cluster, identity }: Call): readonly object[] {
  return [...new Set(cluster.options.vnets.map(({ zone }) => zone))]
    .filter((zone) => cluster.access.has(`/sdn/zones/${zone}`, identity, ['SDN.Audit', 'SDN.Allocate'], 'any'))
    .map((zone) => ({ zone, type: 'simple' }));
}

/** What concerns all nodes. */
export const clusterEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/cluster/resources',
    permission: everybody,
    parameters: { type: optional(choice('vm', 'storage', 'node', 'sdn')) },
    handle: ({ cluster, identity, params }) => resourcesOf(cluster, identity, params.optionalText('type')),
  },
  {
    method: 'GET',
    path: '/cluster/tasks',
    permission: everybody,
    parameters: {},
    handle: (call) =>
      call.cluster.tasks
        .recent()
        .filter((worker) => maySee(call, worker))
        .map(clusterEntry),
  },
  {
    method: 'GET',
    path: '/cluster/nextid',
    permission: everybody,
    parameters: { vmid: optional(vmid) },
    handle: nextId,
  },
  {
    method: 'GET',
    path: '/cluster/status',
    permission: allOf('/', 'Sys.Audit'),
    parameters: {},
    isProtected: true,
    handle: status,
  },
  {
    method: 'GET',
    path: '/cluster/options',
    permission: allOf('/', 'Sys.Audit'),
    parameters: {},
    handle: () => ({ keyboard: 'en-us' }),
  },
  {
    method: 'GET',
    path: '/cluster/sdn/vnets',
    permission: everybody,
    parameters: { pending: optional(flag()), running: optional(flag()) },
    handle: vnets,
  },
  {
    method: 'GET',
    path: '/cluster/sdn/zones',
    permission: everybody,
    parameters: {
      pending: optional(flag()),
      running: optional(flag()),
      type: optional(choice('evpn', 'faucet', 'qinq', 'simple', 'vlan', 'vxlan')),
    },
    handle: zones,
  },
];
