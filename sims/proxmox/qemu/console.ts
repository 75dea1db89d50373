import { randomBytes } from 'node:crypto';
import { failure } from '../api.error';
import { authIdOf, type Identity } from '../access/identity';
import type { Cluster } from '../cluster/cluster';
import type { Call } from '../http/endpoint';
import { runningVm } from './power';

const FIRST_PORT = 5900;
const PORTS = 100;
const WAIT_MS = 10_000;

/** A console that waits for its client. */
interface Waiting {
  readonly port: number;
  connect(): void;
}

const waiting = new WeakMap<Cluster, Map<number, Waiting>>();

function consolesOf(cluster: Cluster): Map<number, Waiting> {
  const known = waiting.get(cluster) ?? new Map<number, Waiting>();
  waiting.set(cluster, known);
  return known;
}

/** The daemon waits ten seconds for a client, and its task lasts as long as that one stays. */
function openConsole(call: Call, label: string): { port: number; ticket: string; upid: string } {
  const { cluster, node, identity, params } = call;
  const vm = runningVm(call);
  const consoles = consolesOf(cluster);
  const port = Array.from({ length: PORTS }, (_, index) => FIRST_PORT + index).find((one) => !consoles.has(one));
  if (port === undefined) throw failure('unable to find free vnc port');
  const ticket = cluster.access.tickets.issueConsole(`/vms/${vm.vmid}`, authIdOf(identity));
  const { upid } = cluster.tasks.start(
    { node: node.name, type: 'vncproxy', id: params.number('vmid'), identity },
    async (worker) => {
      worker.print(`starting ${label} on port ${port}`);
      const connected = new Promise<'connected'>((resolve) => {
        consoles.set(port, {
          port,
          connect: () => {
            resolve('connected');
          },
        });
      });
      const outcome = await Promise.race([
        connected,
        worker.work(cluster.clock.realMs(WAIT_MS)).then(() => 'late' as const),
      ]);
      consoles.delete(port);
      if (outcome === 'late') throw failure('connection timed out');
    },
  );
  return { port, ticket, upid };
}

/** POST …/vncproxy: a port and a ticket for one screen and a short while. */
export function vncProxy(call: Call): object {
  const { identity, params } = call;
  const { port, ticket, upid } = openConsole(call, `VNC proxy for VM ${params.text('vmid')}`);
  const password = params.flag('generate-password') ? { password: randomBytes(4).toString('hex') } : {};
  return { user: authIdOf(identity), ticket, port: String(port), upid, cert: '', ...password };
}

/** POST …/termproxy: the same for a serial terminal. */
export function termProxy(call: Call): object {
  const { identity, params } = call;
  const vm = runningVm(call);
  const serial = params.optionalText('serial') ?? 'serial0';
  if (!vm.config.values.has(serial)) throw failure('unable to find a serial interface');
  const { port, ticket, upid } = openConsole(call, `terminal proxy for VM ${vm.vmid}`);
  return { user: authIdOf(identity), ticket, port: String(port), upid };
}

/**
 * A client of a console's WebSocket has come.
 * @throws ApiError 403 when the ticket is not for this VM and caller, or is too old; 500 when nothing waits at the port
 */
export function joinConsole(
  cluster: Cluster,
  identity: Identity,
  wanted: { vmid: number; port: number; ticket: string },
): void {
  if (!cluster.access.tickets.isConsoleTicket(wanted.ticket, `/vms/${wanted.vmid}`, authIdOf(identity))) {
    throw failure('invalid PVEVNC ticket');
  }
  const console = consolesOf(cluster).get(wanted.port);
  if (console === undefined) throw failure(`connect to 'localhost:${wanted.port}' failed - Connection refused`);
  console.connect();
}
