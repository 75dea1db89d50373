import { badParameters } from '../api.error';
import { everybody } from '../access/permission';
import { authIdOf, type Identity } from '../access/identity';
import { Page, type Call, type Endpoint } from '../http/endpoint';
import { node, vmid } from '../schema/common.parameters';
import { choice, flag, integer, optional, text } from '../schema/parameter';
import { isUpid } from './upid';
import type { Worker } from './worker';

/** Finished tasks and task status keep the user and the token apart; active ones do not. */
function whose({ parts }: Worker): object {
  const { user, token } = parts.identity;
  return { user, ...(token === undefined ? {} : { tokenid: token }) };
}

const base = ({ upid, parts }: Worker): object => ({
  upid,
  node: parts.node,
  pid: parts.pid,
  pstart: parts.pstart,
  starttime: parts.starttime,
  type: parts.type,
  id: parts.id,
});

const finished = (worker: Worker): object => ({
  ...base(worker),
  ...whose(worker),
  endtime: worker.endtime,
  status: worker.exitstatus,
});

const active = (worker: Worker): object => ({
  ...base(worker),
  user: authIdOf(worker.parts.identity),
  saved: worker.isRunning ? '0' : '1',
  status: worker.exitstatus ?? 'RUNNING',
  ...(worker.endtime === undefined ? {} : { endtime: worker.endtime }),
});

/** The entry of GET /cluster/tasks: without a process id when it is over. */
export function clusterEntry(worker: Worker): object {
  const { upid, parts, endtime, exitstatus, isRunning } = worker;
  const head = { upid, node: parts.node, starttime: parts.starttime, type: parts.type, id: parts.id };
  const rest = isRunning ? { pid: parts.pid } : { saved: '1', endtime, status: exitstatus };
  return { ...head, ...whose(worker), ...rest };
}

/** An owner, its user's other tokens not among them, or whoever may audit the node. */
export function maySee({ cluster, identity }: Pick<Call, 'cluster' | 'identity'>, { parts }: Worker): boolean {
  return isOwner(identity, parts.identity) || cluster.access.has(`/nodes/${parts.node}`, identity, ['Sys.Audit']);
}

const isOwner = (one: Identity, other: Identity): boolean =>
  authIdOf(one) === authIdOf(other) || (one.token === undefined && one.user === other.user);

/** @throws ApiError 400: not a task's name, or no such task on this node; 403 */
function asked(call: Call, privilege: 'Sys.Audit' | 'Sys.Modify' = 'Sys.Audit'): Worker {
  const { cluster, node: at, identity, params } = call;
  const upid = params.text('upid');
  if (!isUpid(upid)) throw badParameters({ upid: 'unable to parse worker upid' });
  const worker = cluster.tasks.get(upid);
  if (worker?.parts.node !== at.name) throw badParameters({ upid: 'no such task' });
  if (!isOwner(identity, worker.parts.identity)) {
    cluster.access.require(`/nodes/${at.name}`, identity, [privilege]);
  }
  return worker;
}

function isWanted({ params }: Call, worker: Worker): boolean {
  const { parts, exitstatus, isRunning } = worker;
  const source = params.optionalText('source') ?? 'archive';
  const types = params.list('typefilter');
  const tests = [
    source === 'all' || (source === 'active') === isRunning,
    (params.optionalText('vmid') ?? parts.id) === parts.id,
    types.length === 0 || types.includes(parts.type),
    authIdOf(parts.identity).includes(params.optionalText('userfilter') ?? ''),
    !params.flag('errors') || (!isRunning && exitstatus !== 'OK'),
    parts.starttime >= (params.optionalNumber('since') ?? 0),
    parts.starttime <= (params.optionalNumber('until') ?? Number.MAX_SAFE_INTEGER),
    hasStatus(params.list('statusfilter'), exitstatus),
  ];
  return tests.every(Boolean);
}

function hasStatus(wanted: readonly string[], exitstatus: string | undefined): boolean {
  if (wanted.length === 0) return true;
  if (exitstatus === 'OK') return wanted.includes('ok');
  if (exitstatus === undefined || exitstatus === 'unexpected status') return wanted.includes('unknown');
  return wanted.includes(exitstatus.startsWith('WARNINGS') ? 'warning' : 'error');
}

function list(call: Call): Page {
  const { cluster, node: at, params } = call;
  const all = cluster.tasks.ofNode(at.name).filter((worker) => maySee(call, worker) && isWanted(call, worker));
  const start = params.optionalNumber('start') ?? 0;
  const page = all.slice(start, start + (params.optionalNumber('limit') ?? 50));
  return new Page(
    page.map((worker) => (worker.isRunning ? active(worker) : finished(worker))),
    all.length,
  );
}

function logOf({ log }: Worker, start: number, limit: number): Page {
  const lines = log.map((t, index) => ({ n: index + 1, t }));
  const shown = limit === 0 ? lines.slice(start) : lines.slice(start, start + limit);
  return new Page(shown.length === 0 ? [{ n: 1, t: 'no content' }] : shown, log.length);
}

const taskPath = '/nodes/{node}/tasks/{upid}';
const task = { node, upid: text() };

/** The tasks of a node. */
export const taskEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/nodes/{node}/tasks',
    permission: everybody,
    parameters: {
      node,
      errors: optional(flag()),
      limit: optional(integer({ minimum: 0 })),
      since: optional(integer()),
      source: optional(choice('archive', 'active', 'all')),
      start: optional(integer({ minimum: 0 })),
      statusfilter: optional(text({ isList: true })),
      typefilter: optional(text()),
      until: optional(integer()),
      userfilter: optional(text()),
      vmid: optional(vmid),
    },
    handle: list,
  },
  {
    method: 'DELETE',
    path: taskPath,
    permission: everybody,
    parameters: task,
    isProtected: true,
    handle: async (call) => {
      const worker = asked(call, 'Sys.Modify');
      worker.terminate();
      await worker.ended();
      return null;
    },
  },
  {
    method: 'GET',
    path: `${taskPath}/status`,
    permission: everybody,
    parameters: task,
    isProtected: true,
    handle: (call) => {
      const worker = asked(call);
      const end = worker.isRunning ? {} : { exitstatus: worker.exitstatus };
      return { ...base(worker), ...whose(worker), status: worker.isRunning ? 'running' : 'stopped', ...end };
    },
  },
  {
    method: 'GET',
    path: `${taskPath}/log`,
    permission: everybody,
    parameters: {
      ...task,
      download: optional(flag()),
      limit: optional(integer({ minimum: 0 })),
      start: optional(integer({ minimum: 0 })),
    },
    isProtected: true,
    handle: (call) =>
      logOf(asked(call), call.params.optionalNumber('start') ?? 0, call.params.optionalNumber('limit') ?? 50),
  },
];
