import type { VmRef } from '@dcm/contracts';
import type { Access } from './access';
import { readNumber, readRecord, readString } from './client/reader';
import { VimTransportError } from './client/vim.errors';
import { requireOurs } from './finder';
import { Refused } from './vsphere.errors';

/**
 * How long an unused ticket is good for.
 * @see VMware Cloud Director API Programming Guide, "Retrieve a Screen Ticket": valid for 30 seconds
 */
const TICKET_LIFETIME_MS = 30_000;

/**
 * AcquireTicket (`webmks`): an address of a VM's screen, good for one connection.
 * @param site where the vCenter is, for a ticket that names no host
 * @throws Refused VM_NOT_FOUND, NOT_OURS, STILL_CREATING, INVALID_POWER_STATE
 */
export async function openConsole(
  access: Access,
  { nativeId, ownership }: VmRef,
  site: URL,
): Promise<{ url: string; expiresAt: string }> {
  const machine = await requireOurs(access, nativeId, ownership);
  if (!machine.isBuilt) throw new Refused('STILL_CREATING', `vCenter is still making the VM ${nativeId}`);
  if (machine.power !== 'on') {
    throw new Refused('INVALID_POWER_STATE', `a VM has a screen only while it is on; it is ${machine.power}`);
  }
  const askedAt = Date.now();
  const url = screenOf(await access.read('AcquireTicket', machine.ref, { ticketType: 'webmks' }), site);
  return { url, expiresAt: new Date(askedAt + TICKET_LIFETIME_MS).toISOString() };
}

/** The address in a VirtualMachineTicket. @throws VimTransportError UNEXPECTED_ANSWER */
export function screenOf(answer: unknown, site: URL): string {
  const { ticket, host, port } = readRecord(answer);
  const name = readString(ticket);
  const url = serverAt(readString(host) ?? site.hostname);
  if (name === undefined || url === undefined) {
    throw new VimTransportError('UNEXPECTED_ANSWER', 'AcquireTicket', { requestSent: true });
  }
  url.port = String(readNumber(port) ?? 443);
  url.pathname = `/ticket/${encodeURIComponent(name)}`;
  return url.href;
}

/** A WebSocket address that names a server and nothing else; undefined for a name that is none. */
function serverAt(host: string): URL | undefined {
  // An IPv6 address stands in brackets.
  const address = `wss://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}`;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  return url.href === `wss://${url.hostname}/` ? url : undefined;
}
