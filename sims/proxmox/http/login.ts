import type { IncomingMessage } from 'node:http';
import { ProxyError } from '../api.error';
import type { Access } from '../access/access';
import type { Identity } from '../access/identity';

const unauthorized = (reason: string): ProxyError => new ProxyError(401, reason);

/** The login ticket among the cookies, raw or percent-encoded. */
function ticketOf(request: IncomingMessage): string | undefined {
  const found = /(?:^|;\s*)(?:__Host-)?PVEAuthCookie=([^;]*)/.exec(request.headers.cookie ?? '')?.[1];
  return found?.startsWith('PVE%') === true ? decodeURIComponent(found) : found;
}

/**
 * Who calls: by API token, or by ticket and, for changes, the token against forgery.
 * @throws ProxyError 401
 */
export function identify(access: Access, request: IncomingMessage): Identity {
  const token = /^PVEAPIToken[= ](.*)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token !== undefined) return access.identifyToken(token.trim()) ?? refuse();
  const ticket = ticketOf(request);
  if (ticket === undefined || ticket === '') throw unauthorized('No ticket');
  const identity = access.identifyTicket(ticket) ?? refuse();
  if (request.method !== 'GET') assertNotForged(access, request, identity.user);
  return identity;
}

function assertNotForged(access: Access, { headers }: IncomingMessage, user: string): void {
  const csrf = headers['csrfpreventiontoken'];
  if (typeof csrf === 'string' && access.tickets.isCsrfToken(csrf, user)) return;
  throw unauthorized('Permission denied - invalid csrf token');
}

function refuse(): never {
  throw unauthorized('Authentication failed!');
}
