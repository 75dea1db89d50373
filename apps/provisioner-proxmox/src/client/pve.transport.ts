import { request as httpRequest, type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import axios from 'axios';
import { PveTransportError } from './pve.errors';
import type { RawAnswer } from './pve.answer';
import type { PveRequest } from './pve.request';

/** One sending of a call. */
export interface Sending {
  readonly request: PveRequest;
  readonly url: URL;
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
  /** Aborts with a PveTransportError that says why. */
  readonly signal: AbortSignal;
}

/** The reason a connection that had been idle broke before an answer: pveproxy closes those after five seconds. */
export const STALE_CONNECTION = 'STALE_CONNECTION';

const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** Axios with everything off that guesses: no redirect, no proxy variables, no parsing, no exception by status. */
const http = axios.create({
  adapter: 'http',
  proxy: false,
  maxRedirects: 0,
  maxContentLength: MAX_ANSWER_BYTES,
  decompress: false,
  responseType: 'text',
  transformRequest: [(data: unknown) => data],
  transformResponse: [(data: unknown) => data],
  validateStatus: () => true,
});

/**
 * Sends a call once.
 * @throws PveTransportError; an axios error carries headers and form, so it never leaves this function
 */
export async function send({ request, url, agent, headers, signal }: Sending): Promise<RawAnswer> {
  const line = new Line(url);
  const { method, target, body } = request;
  try {
    const { status, statusText, data } = await http.request<string>({
      method,
      url: new URL(target, url).href,
      httpAgent: agent,
      httpsAgent: agent,
      headers: {
        ...headers,
        'Accept-Encoding': 'identity',
        'User-Agent': 'dcm-provisioner-proxmox',
        ...(body !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
      },
      ...(body !== undefined && { data: body }),
      transport: line,
      signal,
    });
    return { status, reason: statusText, body: data };
  } catch (error) {
    throw failureOf(error, { request, line, signal });
  }
}

/** Node's own request, watched: whether a byte of the call can have left, and on an old connection or a new one. */
class Line {
  wasHandedOver = false;
  wasReused = false;
  private readonly open: (options: RequestOptions, done: (answer: IncomingMessage) => void) => ClientRequest;

  constructor(url: URL) {
    this.open = url.protocol === 'https:' ? httpsRequest : httpRequest;
  }

  /** Axios calls this; the agent hands a socket over only when it is connected and the certificate was accepted. */
  readonly request = (options: RequestOptions, done: (answer: IncomingMessage) => void): ClientRequest => {
    const outgoing = this.open(options, done);
    outgoing.prependOnceListener('response', (answer) => {
      if (goesOn(answer)) outgoing.shouldKeepAlive = true;
    });
    outgoing.once('socket', (socket) => {
      this.wasReused = outgoing.reusedSocket;
      const onConnect = (): void => {
        this.wasHandedOver = true;
      };
      if (socket.connecting) socket.once('connect', onConnect);
      else onConnect();
    });
    return outgoing;
  };
}

/**
 * pveproxy hands on `Connection: close` of the daemon behind it and adds `Keep-Alive` of its own, by which it goes; Node would end
 * the connection, and the next call pay for a handshake. Where pveproxy ends one, it says `close` alone.
 * Source: pve-http-server, PVE/APIServer/AnyEvent.pm, `response` and `finish_response`.
 */
function goesOn({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.some(
    (name, index) =>
      index % 2 === 0 && name.toLowerCase() === 'connection' && rawHeaders[index + 1]?.toLowerCase() === 'keep-alive',
  );
}

const BROKEN = new Set(['ECONNRESET', 'EPIPE']);

function failureOf(
  error: unknown,
  { request, line, signal }: { request: PveRequest; line: Line; signal: AbortSignal },
): PveTransportError {
  const facts = { mayHaveRun: line.wasHandedOver };
  const reason: unknown = signal.aborted ? signal.reason : undefined;
  if (reason instanceof PveTransportError) return new PveTransportError(reason.code, request.call, facts);
  const code = codeOf(error);
  if (code === 'TIMEOUT') return new PveTransportError('CONNECT_TIMEOUT', request.call, facts);
  if (code === 'ERR_BAD_RESPONSE' && isTooLarge(error)) {
    return new PveTransportError('ANSWER_TOO_LARGE', request.call, facts);
  }
  if (line.wasReused && BROKEN.has(code)) return new PveTransportError(STALE_CONNECTION, request.call, facts);
  return new PveTransportError(code === 'ERR_BAD_RESPONSE' ? 'ECONNRESET' : code, request.call, facts);
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'UNKNOWN';
}

/** Axios has one code for an answer that is too large and one that broke off. */
function isTooLarge(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('maxContentLength');
}
