import { agentPrivileges } from '../access/roles';
import { allOf, type Permission } from '../access/permission';
import type { Call, Endpoint } from '../http/endpoint';
import { node, storage, vmid } from '../schema/common.parameters';
import { choice, flag, integer, optional, text, type ParameterTable } from '../schema/parameter';
import { askAgent, guestInterfaces } from './agent';
import { reboot, reset, resume, shutdown, start, stop, suspend } from './power';
import { statusOf } from './vm.views';

const vmPath = '/nodes/{node}/qemu/{vmid}';
const one: ParameterTable = { node, vmid };
const skiplock = optional(flag());
const timeout = optional(integer({ minimum: 0 }));

const power = (action: string, handle: Endpoint['handle'], parameters: ParameterTable): Endpoint => ({
  method: 'POST',
  path: `${vmPath}/status/${action}`,
  permission: allOf('/vms/{vmid}', 'VM.PowerMgmt'),
  parameters: { ...one, ...parameters },
  isProtected: true,
  handle,
});

/** Releases differ in what asking a guest agent takes. */
const mayAskAgent: Permission = ({ access, identity, given }) => {
  const wanted = agentPrivileges(access.version);
  const path = `/vms/${String(given['vmid'])}`;
  if (wanted.length === 1) access.require(path, identity, wanted);
  else access.requireAny(path, identity, wanted);
};

const agent = (method: 'GET' | 'POST', command: string, answer: (call: Call) => Promise<unknown>): Endpoint => ({
  method,
  path: `${vmPath}/agent/${command}`,
  permission: mayAskAgent,
  parameters: one,
  isProtected: true,
  handle: async (call) => ({ result: await answer(call) }),
});

/** Power and guest agent. */
export const statusEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: `${vmPath}/status/current`,
    permission: allOf('/vms/{vmid}', 'VM.Audit'),
    parameters: one,
    isProtected: true,
    handle: ({ cluster, node: at, params }) => statusOf(cluster, cluster.vmOn(at.name, params.number('vmid'))),
  },
  power('start', start, {
    'force-cpu': optional(text()),
    machine: optional(text()),
    migratedfrom: optional(node),
    migration_network: optional(text()),
    migration_type: optional(choice('secure', 'insecure')),
    'nets-host-mtu': optional(text({ pattern: /net\d+=\d+(,net\d+=\d+)*/ })),
    skiplock,
    stateuri: optional(text({ maxLength: 128 })),
    targetstorage: optional(text()),
    timeout,
    'with-conntrack-state': optional(flag()),
  }),
  power('stop', stop, {
    keepActive: optional(flag()),
    migratedfrom: optional(node),
    'overrule-shutdown': optional(flag()),
    skiplock,
    timeout,
  }),
  power('shutdown', shutdown, { forceStop: optional(flag()), keepActive: optional(flag()), skiplock, timeout }),
  power('reboot', reboot, { timeout }),
  power('reset', reset, { skiplock }),
  power('suspend', suspend, {
    skiplock,
    statestorage: optional({ ...storage, requires: 'todisk' }),
    todisk: optional(flag()),
  }),
  power('resume', resume, { nocheck: optional(flag()), skiplock }),
  agent('GET', 'network-get-interfaces', async (call) => guestInterfaces(call.cluster, await askAgent(call))),
  agent('POST', 'ping', async (call) => {
    await askAgent(call);
    return {};
  }),
  agent('GET', 'get-host-name', async (call) => ({ 'host-name': (await askAgent(call)).name })),
  agent('GET', 'get-osinfo', async (call) => {
    await askAgent(call);
    return {
      id: 'debian',
      name: 'Debian GNU/Linux',
      'pretty-name': 'Debian GNU/Linux 12 (bookworm)',
      'version-id': '12',
    };
  }),
  agent('GET', 'info', async (call) => {
    await askAgent(call);
    return { version: '7.2.0', supported_commands: [{ name: 'guest-ping', enabled: true, 'success-response': true }] };
  }),
];
