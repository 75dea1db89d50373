import type { IncomingMessage } from 'node:http';
import { newId } from '@dcm/runtime';

const sane = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's `x-request-id` when it is a plain word, else a new id: it stands in problems, logs and the answer's header. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && sane.test(given) ? given : newId();
}
