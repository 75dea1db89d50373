import type { VmRef } from '@dcm/contracts';
import { z } from 'zod';
import type { Access } from './access';
import { parseAnswer, pveText } from './client/pve.schema';
import { isBuilt } from './mark.mapper';
import type { Site } from './site';
import { Refused } from './proxmox.errors';

/** How long the node waits for the connection that it opened a port for. */
const PORT_LIFETIME_MS = 10_000;

const proxySchema = z.object({ port: pveText, ticket: z.string().min(1) });

/**
 * POST vncproxy: an address of a VM's screen, good for one connection. It holds the VNC ticket, which is the password of
 * the screen too; whoever opens it must be logged in to the cluster besides.
 * @param url where the cluster is
 * @throws Refused VM_NOT_FOUND, NOT_OURS, STILL_CREATING, INVALID_POWER_STATE
 */
export async function openConsole(
  access: Access,
  site: Site,
  ...[{ nativeId, ownership }, url]: [VmRef, URL]
): Promise<{ url: string; expiresAt: string }> {
  const { vmid, node, power, ...machine } = await site.finder.requireOurs(access, nativeId, ownership);
  if (!isBuilt(machine)) throw new Refused('STILL_CREATING', `Proxmox is still making the VM ${nativeId}`);
  if (power !== 'on') {
    throw new Refused('INVALID_POWER_STATE', `a VM has a screen only while it is on; it is ${power}`);
  }
  const askedAt = Date.now();
  const path = ['nodes', node, 'qemu', vmid, 'vncproxy'];
  const { port, ticket } = parseAnswer(proxySchema, await access.ask(path, { websocket: true }), 'POST vncproxy');
  const screen = screenOf(url, [node, vmid], { port, vncticket: ticket });
  return { url: screen, expiresAt: new Date(askedAt + PORT_LIFETIME_MS).toISOString() };
}

/** The address of the WebSocket: on the cluster's own address, which passes it on to the VM's node. */
export function screenOf(
  { host }: URL,
  [node, vmid]: readonly [string, number],
  query: Readonly<Record<string, string>>,
): string {
  const url = new URL(`wss://${host}`);
  url.pathname = `/api2/json/nodes/${encodeURIComponent(node)}/qemu/${vmid}/vncwebsocket`;
  url.search = new URLSearchParams(query).toString();
  return url.href;
}
