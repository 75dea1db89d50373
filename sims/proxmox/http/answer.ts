import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ApiError, ProxyError } from '../api.error';
import { Page } from './endpoint';

const JSON_TYPE = 'application/json;charset=UTF-8';
const GZIP_FROM_BYTES = 1024;
const compress = promisify(gzip);

/** What goes back to a client. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  readonly type?: string;
  /** It came from the daemon behind the proxy. */
  readonly isProtected?: boolean;
}

/** An answer to a call that succeeded. */
export function success(result: unknown, isProtected: boolean): Answer {
  const body =
    result instanceof Page && result.total > 0
      ? { data: result.data, total: result.total }
      : { data: result instanceof Page ? result.data : (result ?? null) };
  return { status: 200, reason: 'OK', body: JSON.stringify(body), type: JSON_TYPE, isProtected };
}

/** A reason phrase is one line of Latin-1. */
const phrase = (message: string): string =>
  (message.split('\n')[0] ?? '').replace(/[^\x20-\x7e\xa0-\xff]/g, '?').trim();

/** An answer to a call that failed; errors that are no answers are the simulator's own, and say so. */
export function refusal(error: unknown): Answer {
  if (error instanceof ProxyError) {
    return { status: error.status, reason: phrase(error.reason), body: error.body };
  }
  const known =
    error instanceof ApiError
      ? error
      : new ApiError(500, `simulator: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const lineEnd = known.status === 501 ? '' : '\n';
  const body = {
    data: null,
    message: `${known.message}${lineEnd}`,
    ...(known.errors === undefined ? {} : { errors: known.errors }),
  };
  return { status: known.status, reason: phrase(known.message), body: JSON.stringify(body), type: JSON_TYPE };
}

/**
 * Connections go on after a success and end after an error, or when they have had their share of calls. What comes from
 * behind the proxy says both: the connection goes on, though a client that reads both lines ends it.
 */
function connectionOf(answer: Answer, isLast: boolean): string | string[] {
  if (answer.status >= 400 || isLast) return 'close';
  return answer.isProtected === true ? ['Keep-Alive', 'close'] : 'Keep-Alive';
}

/** Writes an answer, compressed when that is asked for and worth it. */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  isLast: boolean,
): Promise<void> {
  const plain = Buffer.from(answer.body);
  const wantsGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const isPacked = wantsGzip && plain.length > GZIP_FROM_BYTES;
  const body = isPacked ? await compress(plain) : plain;
  if (response.destroyed) return;
  response.statusMessage = answer.reason;
  response.writeHead(answer.status, {
    'Cache-Control': 'max-age=0',
    Pragma: 'no-cache',
    Server: 'pve-api-daemon/3.0',
    Connection: connectionOf(answer, isLast),
    'Content-Length': String(body.length),
    ...(answer.type === undefined ? {} : { 'Content-Type': answer.type }),
    ...(isPacked ? { 'Content-Encoding': 'gzip' } : {}),
  });
  if (answer.isProtected === true && !isLast) keepOpen(response);
  response.end(body);
}

/** Node ends a connection whose answer says `close` anywhere; the vendor's proxy does not. */
function keepOpen(response: ServerResponse): void {
  (response as ServerResponse & { _last: boolean })._last = false;
}
