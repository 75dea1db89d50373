import { request as httpRequest, type Agent, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ConcurrencyGate } from '@dcm/connection';
import { readRecord, readString } from './reader';
import { VimTransportError } from './vim.errors';

/** One call's travel data: what goes out beside the body, and what came back beside the answer. */
export interface Exchange {
  readonly operation: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The session cookie to send, `name=value`. */
  readonly cookie?: string;
  /** A long poll holds a connection for minutes and takes no place from the others. */
  readonly isLongPoll: boolean;
  /** The session cookie that the server set. */
  receivedCookie?: string;
  /** Size of the answer. */
  receivedBytes: number;
}

/** What SOAP needs of a transport. */
export interface SoapTransport {
  /**
   * Posts an envelope and returns the answering one.
   * @throws VimTransportError when no SOAP answer came.
   */
  post(envelope: string, headers: OutgoingHttpHeaders, exchange: Exchange): Promise<string>;

  /** Closes every connection, also those in use. */
  close(): void;
}

const SESSION_COOKIE = /^vmware_soap_session=[^;]+/;
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;
/** HTTP status of an answer, and of a SOAP fault. */
const SOAP_STATUS = new Set([200, 500]);

/**
 * Sends SOAP envelopes by HTTP. Node's own client is used, not axios: an axios error carries the request's body, which
 * is the password at Login. No redirect is followed and no proxy variable is read.
 */
export class HttpTransport implements SoapTransport {
  private readonly gate: ConcurrencyGate;

  /** @param agent the connections @param maxConcurrent calls under way at once, long polls aside */
  constructor(
    private readonly url: URL,
    private readonly agent: Agent,
    maxConcurrent: number,
  ) {
    this.gate = new ConcurrencyGate(maxConcurrent);
  }

  /** Posts an envelope; the time limit includes the wait for a place and a connection. */
  async post(envelope: string, headers: OutgoingHttpHeaders, exchange: Exchange): Promise<string> {
    const deadline = new AbortController();
    const expire = (code: string) => (): void => {
      deadline.abort(new VimTransportError(code, exchange.operation, { requestSent: false }));
    };
    const onAbort = expire('ABORTED');
    const timer = setTimeout(expire('TIMEOUT'), exchange.timeoutMs);
    exchange.signal?.addEventListener('abort', onAbort, { once: true });
    if (exchange.signal?.aborted === true) onAbort();
    try {
      return await this.postInTurn(envelope, headers, exchange, deadline.signal);
    } finally {
      clearTimeout(timer);
      exchange.signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Closes the agent. */
  close(): void {
    this.agent.destroy();
  }

  private async postInTurn(
    envelope: string,
    headers: OutgoingHttpHeaders,
    exchange: Exchange,
    signal: AbortSignal,
  ): Promise<string> {
    const leave = exchange.isLongPoll ? () => undefined : await this.gate.enter(signal);
    try {
      return await new Roundtrip(this.url, this.agent, exchange).run(envelope, headers, signal);
    } finally {
      leave();
    }
  }
}

/** One request and its response. */
class Roundtrip {
  private requestSent = false;

  constructor(
    private readonly url: URL,
    private readonly agent: Agent,
    private readonly exchange: Exchange,
  ) {}

  async run(envelope: string, headers: OutgoingHttpHeaders, signal: AbortSignal): Promise<string> {
    try {
      const response = await this.send(Buffer.from(envelope, 'utf8'), headers, signal);
      const body = await this.receive(response);
      this.checkAnswer(response);
      return body;
    } catch (error) {
      throw this.wrap(signal.aborted ? signal.reason : error);
    }
  }

  private send(body: Buffer, headers: OutgoingHttpHeaders, signal: AbortSignal): Promise<IncomingMessage> {
    const { cookie } = this.exchange;
    const allHeaders = {
      ...headers,
      ...(cookie !== undefined && { Cookie: cookie }),
      'Content-Length': body.length,
      'User-Agent': 'dcm-provisioner-vsphere',
    };
    const request = this.url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const outgoing = request(this.url, { method: 'POST', agent: this.agent, headers: allHeaders, signal }, resolve);
      outgoing.once('error', reject);
      outgoing.once('socket', (socket) => {
        const onConnect = (): void => {
          this.requestSent = true;
        };
        if (socket.connecting) socket.once('connect', onConnect);
        else onConnect();
      });
      outgoing.end(body);
    });
  }

  private async receive(response: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      this.exchange.receivedBytes += (chunk as Buffer).length;
      if (this.exchange.receivedBytes > MAX_ANSWER_BYTES) throw this.error('ANSWER_TOO_LARGE');
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  private checkAnswer({ statusCode = 0, headers }: IncomingMessage): void {
    if (!SOAP_STATUS.has(statusCode)) throw this.error('HTTP_STATUS', statusCode);
    if (!(headers['content-type'] ?? '').includes('xml')) throw this.error('NOT_SOAP', statusCode);
    const cookie = headers['set-cookie']?.find((value) => SESSION_COOKIE.test(value));
    const session = cookie === undefined ? undefined : SESSION_COOKIE.exec(cookie)?.[0];
    if (session !== undefined) this.exchange.receivedCookie = session;
  }

  private wrap(error: unknown): VimTransportError {
    if (error instanceof VimTransportError) return this.error(error.code, error.httpStatus);
    return this.error(readString(readRecord(error)['code']) ?? 'UNKNOWN');
  }

  private error(code: string, httpStatus?: number): VimTransportError {
    const facts = { requestSent: this.requestSent, ...(httpStatus !== undefined && { httpStatus }) };
    return new VimTransportError(code, this.exchange.operation, facts);
  }
}
