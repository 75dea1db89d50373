import { allOf } from '../access/permission';
import type { Endpoint } from '../http/endpoint';
import { node, vmid } from '../schema/common.parameters';
import { choice, flag, integer, optional, text, type ParameterTable } from '../schema/parameter';
import { assertCloudInitDrive, cloudInitDump, cloudInitValues } from './cloudinit';
import { joinConsole, termProxy, vncProxy } from './console';

const vmPath = '/nodes/{node}/qemu/{vmid}';
const one: ParameterTable = { node, vmid };
const mayWatch = allOf('/vms/{vmid}', 'VM.Console');

/** Screens, terminals, and what cloud-init is told. */
export const consoleEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: `${vmPath}/vncproxy`,
    permission: mayWatch,
    parameters: { ...one, 'generate-password': optional(flag()), websocket: optional(flag()) },
    isProtected: true,
    handle: vncProxy,
  },
  {
    method: 'POST',
    path: `${vmPath}/termproxy`,
    permission: mayWatch,
    parameters: { ...one, serial: optional(choice('serial0', 'serial1', 'serial2', 'serial3')) },
    isProtected: true,
    handle: termProxy,
  },
  {
    method: 'GET',
    path: `${vmPath}/vncwebsocket`,
    permission: mayWatch,
    parameters: { ...one, port: integer({ minimum: 5900, maximum: 5999 }), vncticket: text({ maxLength: 512 }) },
    handle: ({ cluster, identity, params }) => {
      const [port, ticket] = [params.number('port'), params.text('vncticket')];
      joinConsole(cluster, identity, { vmid: params.number('vmid'), port, ticket });
      return { port: String(port) };
    },
  },
  {
    method: 'GET',
    path: `${vmPath}/cloudinit`,
    permission: allOf('/vms/{vmid}', 'VM.Audit'),
    parameters: one,
    handle: ({ cluster, node: at, params }) => cloudInitValues(cluster.vmOn(at.name, params.number('vmid')).config),
  },
  {
    method: 'PUT',
    path: `${vmPath}/cloudinit`,
    permission: allOf('/vms/{vmid}', 'VM.Config.Cloudinit'),
    parameters: one,
    isProtected: true,
    handle: ({ cluster, node: at, params }) => {
      assertCloudInitDrive(cluster.vmOn(at.name, params.number('vmid')));
      return null;
    },
  },
  {
    method: 'GET',
    path: `${vmPath}/cloudinit/dump`,
    permission: allOf('/vms/{vmid}', 'VM.Audit'),
    parameters: { ...one, type: choice('user', 'network', 'meta') },
    handle: ({ cluster, node: at, params }) =>
      cloudInitDump(cluster.vmOn(at.name, params.number('vmid')), params.text('type')),
  },
];
