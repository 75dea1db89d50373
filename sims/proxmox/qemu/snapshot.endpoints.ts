import { allOf, anyOf, everybody } from '../access/permission';
import type { Endpoint } from '../http/endpoint';
import { node, snapname, vmid } from '../schema/common.parameters';
import { choice, flag, optional, text, type ParameterTable } from '../schema/parameter';
import {
  canSnapshot,
  describeSnapshot,
  listSnapshots,
  removeSnapshot,
  rollBack,
  snapshotConfig,
  takeSnapshot,
} from './snapshots';

const vmPath = '/nodes/{node}/qemu/{vmid}';
const one: ParameterTable = { node, vmid };
const snapshot: ParameterTable = { ...one, snapname };

/** Snapshots of a VM, and whether it can have some. */
export const snapshotEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: `${vmPath}/snapshot`,
    permission: allOf('/vms/{vmid}', 'VM.Audit'),
    parameters: one,
    isProtected: true,
    handle: ({ cluster, node: at, params }) => listSnapshots(cluster.vmOn(at.name, params.number('vmid'))),
  },
  {
    method: 'POST',
    path: `${vmPath}/snapshot`,
    permission: allOf('/vms/{vmid}', 'VM.Snapshot'),
    parameters: { ...snapshot, description: optional(text()), vmstate: optional(flag()) },
    isProtected: true,
    handle: takeSnapshot,
  },
  {
    method: 'GET',
    path: `${vmPath}/snapshot/{snapname}`,
    permission: everybody,
    parameters: snapshot,
    handle: () => [{ cmd: 'rollback' }, { cmd: 'config' }],
  },
  {
    method: 'DELETE',
    path: `${vmPath}/snapshot/{snapname}`,
    permission: allOf('/vms/{vmid}', 'VM.Snapshot'),
    parameters: { ...snapshot, force: optional(flag()) },
    isProtected: true,
    handle: removeSnapshot,
  },
  {
    method: 'POST',
    path: `${vmPath}/snapshot/{snapname}/rollback`,
    permission: anyOf('/vms/{vmid}', 'VM.Snapshot', 'VM.Snapshot.Rollback'),
    parameters: { ...snapshot, start: optional(flag()) },
    isProtected: true,
    handle: rollBack,
  },
  {
    method: 'GET',
    path: `${vmPath}/snapshot/{snapname}/config`,
    permission: anyOf('/vms/{vmid}', 'VM.Snapshot', 'VM.Snapshot.Rollback', 'VM.Audit'),
    parameters: snapshot,
    handle: ({ cluster, node: at, params }) =>
      snapshotConfig(cluster.vmOn(at.name, params.number('vmid')), params.text('snapname')),
  },
  {
    method: 'PUT',
    path: `${vmPath}/snapshot/{snapname}/config`,
    permission: allOf('/vms/{vmid}', 'VM.Snapshot'),
    parameters: { ...snapshot, description: optional(text()) },
    isProtected: true,
    handle: ({ cluster, node: at, params }) => {
      const vm = cluster.vmOn(at.name, params.number('vmid'));
      describeSnapshot(vm, params.text('snapname'), params.optionalText('description'));
      return null;
    },
  },
  {
    method: 'GET',
    path: `${vmPath}/feature`,
    permission: allOf('/vms/{vmid}', 'VM.Audit'),
    parameters: { ...one, feature: choice('snapshot', 'clone', 'copy'), snapname: optional(snapname) },
    isProtected: true,
    handle: ({ cluster, node: at, params }) => {
      const vm = cluster.vmOn(at.name, params.number('vmid'));
      const isThere =
        params.text('feature') === 'copy' ||
        (canSnapshot(cluster, vm) && (params.text('feature') === 'snapshot' || vm.isTemplate));
      return { hasFeature: isThere ? 1 : 0, nodes: [...cluster.nodes.keys()] };
    },
  },
];
