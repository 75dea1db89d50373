import { badParameters, failure } from '../api.error';
import { allOf } from '../access/permission';
import type { Call, Endpoint } from '../http/endpoint';
import { configId } from '../schema/formats';
import { choice, flag, integer, optional, text, type ParameterTable } from '../schema/parameter';
import type { HaResource, HaState } from './ha';
import { lookLater, requestState } from './ha.manager';

const states = choice('started', 'stopped', 'enabled', 'disabled', 'ignored');
const sid = text({ pattern: /(?:vm:|ct:)?\d+/ });

const settings: ParameterTable = {
  comment: optional(text({ maxLength: 4096 })),
  failback: optional(flag()),
  group: optional(text({ format: configId })),
  max_relocate: optional(integer({ minimum: 0 })),
  max_restart: optional(integer({ minimum: 0 })),
  state: optional(states),
};

const vmidOf = ({ params }: Call): number => Number(params.text('sid').replace(/^vm:/, ''));

const entryOf = (one: HaResource): object => ({
  sid: `vm:${one.vmid}`,
  type: 'vm',
  state: one.state,
  max_relocate: one.maxRelocate,
  max_restart: one.maxRestart,
  digest: '0'.repeat(40),
  ...(one.comment === undefined ? {} : { comment: one.comment }),
  ...(one.group === undefined ? {} : { group: one.group }),
});

/** @throws ApiError 500 `no such resource` */
function existing(call: Call): HaResource {
  const one = call.cluster.ha.get(vmidOf(call));
  if (one === undefined) throw failure(`no such resource 'vm:${vmidOf(call)}'`);
  return one;
}

function apply({ params }: Call, one: HaResource): void {
  const comment = params.optionalText('comment');
  const group = params.optionalText('group');
  if (comment !== undefined) one.comment = comment;
  if (group !== undefined) one.group = group;
  one.maxRelocate = params.optionalNumber('max_relocate') ?? one.maxRelocate;
  one.maxRestart = params.optionalNumber('max_restart') ?? one.maxRestart;
}

function add(call: Call): null {
  const { cluster, params } = call;
  const vmid = vmidOf(call);
  cluster.assertQuorum();
  if (cluster.ha.get(vmid) !== undefined) throw badParameters({ sid: `resource ID 'vm:${vmid}' already defined` });
  if (!cluster.vms.has(vmid)) throw failure(`unable to add resource 'vm:${vmid}': no such VM`);
  const state = (params.optionalText('state') ?? 'started') as HaState;
  const one: HaResource = { vmid, state, maxRelocate: 1, maxRestart: 1 };
  apply(call, one);
  cluster.ha.add(one);
  lookLater(cluster, vmid);
  return null;
}

function change(call: Call): null {
  const one = existing(call);
  const state = call.params.optionalText('state');
  apply(call, one);
  if (state !== undefined) requestState(call.cluster, one, state as HaState);
  return null;
}

function status({ cluster }: Call): readonly object[] {
  const head = {
    id: 'quorum',
    type: 'quorum',
    node: [...cluster.nodes.keys()][0],
    quorate: cluster.hasQuorum ? 1 : 0,
    status: 'OK',
  };
  const services = cluster.ha.all().map((one) => ({
    ...{ id: `service:vm:${one.vmid}`, type: 'service', sid: `vm:${one.vmid}`, state: one.state },
    node: cluster.vms.get(one.vmid)?.node ?? '',
    status: `vm:${one.vmid} (${cluster.vms.get(one.vmid)?.node ?? ''}, ${one.state})`,
  }));
  return [head, ...services];
}

const mayAudit = allOf('/', 'Sys.Audit');
const mayManage = allOf('/', 'Sys.Console');

/** VMs that the HA manager looks after. */
export const haEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/cluster/ha/resources',
    permission: mayAudit,
    parameters: { type: optional(choice('ct', 'vm')) },
    handle: ({ cluster }) => cluster.ha.all().map(entryOf),
  },
  {
    method: 'POST',
    path: '/cluster/ha/resources',
    permission: mayManage,
    parameters: { sid, type: optional(choice('ct', 'vm')), ...settings },
    isProtected: true,
    handle: add,
  },
  {
    method: 'GET',
    path: '/cluster/ha/resources/{sid}',
    permission: mayAudit,
    parameters: { sid },
    handle: (call) => entryOf(existing(call)),
  },
  {
    method: 'PUT',
    path: '/cluster/ha/resources/{sid}',
    permission: mayManage,
    parameters: {
      sid,
      ...settings,
      delete: optional(text({ maxLength: 4096, format: configId, isList: true })),
      digest: optional(text({ maxLength: 64 })),
    },
    isProtected: true,
    handle: change,
  },
  {
    method: 'DELETE',
    path: '/cluster/ha/resources/{sid}',
    permission: mayManage,
    parameters: { sid, purge: optional(flag()) },
    isProtected: true,
    handle: (call) => {
      call.cluster.ha.remove(existing(call).vmid);
      return null;
    },
  },
  { method: 'GET', path: '/cluster/ha/status/current', permission: mayAudit, parameters: {}, handle: status },
];
