import { failure } from '../api.error';
import { allOf, everybody } from '../access/permission';
import type { Call, Endpoint } from '../http/endpoint';
import { pool, storage } from '../schema/common.parameters';
import { storageId, vmidText } from '../schema/formats';
import { choice, flag, optional, text, type ParameterTable } from '../schema/parameter';
import type { Pool } from './pools';
import { memberEntries } from './resources';

const kinds = choice('qemu', 'lxc', 'storage');

const entryOf = ({ id, comment }: Pool): object => ({ poolid: id, ...(comment === undefined ? {} : { comment }) });

function membersOf({ cluster, identity, params }: Call, one: Pool): readonly object[] {
  const type = params.optionalText('type');
  return memberEntries(cluster, identity, one).filter((entry) => type === undefined || entry.type === type);
}

/** GET /pools: those that the caller may see; with `poolid` the one, with its members. */
function list(call: Call): readonly object[] {
  const { cluster, identity, params } = call;
  const wanted = params.optionalText('poolid');
  if (wanted === undefined) {
    return cluster.pools
      .all()
      .filter(({ id }) => cluster.access.has(`/pool/${id}`, identity, ['Pool.Audit']))
      .map(entryOf);
  }
  cluster.access.require(`/pool/${wanted}`, identity, ['Pool.Audit']);
  const one = cluster.pools.existing(wanted);
  return [{ ...entryOf(one), members: membersOf(call, one) }];
}

function show(call: Call): object {
  const one = call.cluster.pools.existing(call.params.text('poolid'));
  return { ...(one.comment === undefined ? {} : { comment: one.comment }), members: membersOf(call, one) };
}

/** A VM is in one pool at most, and a member is not made one again. */
function addVm({ cluster, params }: Call, one: Pool, vmid: number): void {
  if (one.vmids.has(vmid)) throw failure(`update pools failed: VM ${vmid} is already a pool member`);
  if (!cluster.vms.has(vmid)) throw failure(`update pools failed: VM ${vmid} does not exist`);
  const other = cluster.pools.ofVm(vmid);
  if (other !== undefined && !params.flag('allow-move')) {
    throw failure(`update pools failed: VM ${vmid} belongs already to pool '${other.id}' and allow-move is not set`);
  }
  cluster.pools.forget(vmid);
  one.vmids.add(vmid);
}

function change(call: Call): null {
  const { cluster, identity, params } = call;
  const one = cluster.pools.existing(params.text('poolid'));
  const comment = params.optionalText('comment');
  if (comment !== undefined) one.comment = comment;
  for (const vmid of params.list('vms').map(Number)) {
    cluster.access.require(`/vms/${vmid}`, identity, ['VM.Allocate']);
    if (!params.flag('delete')) addVm(call, one, vmid);
    else if (!one.vmids.delete(vmid)) throw failure(`update pools failed: VM ${vmid} is not a pool member`);
  }
  for (const id of params.list('storage')) {
    cluster.access.require(`/storage/${id}`, identity, ['Datastore.Allocate']);
    if (params.flag('delete')) one.storages.delete(id);
    else one.storages.add(id);
  }
  return null;
}

function remove({ cluster, params }: Call): null {
  const one = cluster.pools.existing(params.text('poolid'));
  if (one.vmids.size + one.storages.size > 0) throw failure(`delete pool failed: pool '${one.id}' is not empty`);
  cluster.pools.remove(one.id);
  return null;
}

const changes: ParameterTable = {
  poolid: pool,
  'allow-move': optional(flag()),
  comment: optional(text()),
  delete: optional(flag()),
  storage: optional({ ...storage, format: storageId, isList: true }),
  vms: optional(text({ format: vmidText, isList: true })),
};

const mayAllocate = allOf('/pool/{poolid}', 'Pool.Allocate');

/** Resource pools, by the calls of today and the older ones that name the pool in the path. */
export const poolEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/pools',
    permission: everybody,
    parameters: { poolid: optional(pool), type: optional({ ...kinds, requires: 'poolid' }) },
    handle: list,
  },
  {
    method: 'POST',
    path: '/pools',
    permission: mayAllocate,
    parameters: { poolid: pool, comment: optional(text()) },
    isProtected: true,
    handle: ({ cluster, params }) => {
      cluster.pools.add(params.text('poolid'), params.optionalText('comment'));
      return null;
    },
  },
  { method: 'PUT', path: '/pools', permission: mayAllocate, parameters: changes, isProtected: true, handle: change },
  {
    method: 'DELETE',
    path: '/pools',
    permission: mayAllocate,
    parameters: { poolid: pool },
    isProtected: true,
    handle: remove,
  },
  {
    method: 'GET',
    path: '/pools/{poolid}',
    permission: allOf('/pool/{poolid}', 'Pool.Audit'),
    parameters: { poolid: pool, type: optional(kinds) },
    handle: show,
  },
  {
    method: 'PUT',
    path: '/pools/{poolid}',
    permission: mayAllocate,
    parameters: changes,
    isProtected: true,
    handle: change,
  },
  {
    method: 'DELETE',
    path: '/pools/{poolid}',
    permission: mayAllocate,
    parameters: { poolid: pool },
    isProtected: true,
    handle: remove,
  },
];
