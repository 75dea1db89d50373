import { once } from 'node:events';
import { Agent as HttpAgent, createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { Agent as HttpsAgent, createServer as createTlsServer, request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpAnswer, HttpCall, HttpFault } from './http.faults';
import type { OperationOf } from './operations';
import { Rules, type Rule, type RuleScope } from './rules';
import { TcpFaultProxy } from './tcp.proxy';

export interface HttpProxyOptions {
  /** The server, with a path if its clients need one. */
  readonly target: URL | string;
  readonly operationOf: OperationOf;
  /** The certificate that clients see; without it the proxy speaks plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** How an HTTPS server proves itself: by an authority in PEM, or not at all; default: by Node's own authorities. */
  readonly upstream?: { readonly ca: string } | 'unverified';
}

/** What became of a call. */
export interface CallRecord {
  readonly operation: string;
  /** Whether the server got it: then it may have had an effect. */
  hasReached: boolean;
  /** What the caller was answered; null: nothing, or not yet. */
  status: number | null;
  /** The faults that acted on it. */
  readonly faults: string[];
}

/** What belongs to one connection, and is not handed on. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

/** Stands before an HTTP server and reads every call: rules name the calls that go wrong. Connections go wrong by `connections`. */
export class HttpFaultProxy {
  /** Every call so far, those that never reached the server too. */
  readonly calls: CallRecord[] = [];
  private readonly faults = new Rules<HttpFault>();
  private readonly target: URL;
  private readonly agent: HttpAgent;

  private constructor(
    private readonly options: HttpProxyOptions,
    private readonly server: Server,
    /** The way in: where connections are cut, frozen and refused. */
    readonly connections: TcpFaultProxy,
  ) {
    const { upstream } = options;
    this.target = new URL(options.target);
    const trust = upstream === 'unverified' ? { rejectUnauthorized: false } : { ...upstream };
    const isHttps = this.target.protocol === 'https:';
    this.agent = isHttps ? new HttpsAgent({ keepAlive: true, ...trust }) : new HttpAgent({ keepAlive: true });
  }

  static async listen(options: HttpProxyOptions): Promise<HttpFaultProxy> {
    const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
    server.keepAliveTimeout = 60_000;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const scheme = options.tls === undefined ? 'http' : 'https';
    const inner = new URL(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const proxy = new HttpFaultProxy(options, server, await TcpFaultProxy.listen({ target: inner }));
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
      proxy.take(incoming, outgoing).catch(() => {
        reset(incoming.socket);
      });
    });
    return proxy;
  }

  /** The server's URL, by way of this proxy. */
  get url(): URL {
    const url = new URL(this.connections.url);
    url.pathname = this.target.pathname;
    return url;
  }

  /** Rules in force, the outermost first. */
  get rules(): readonly Rule<HttpFault>[] {
    return this.faults.all;
  }

  /** From the next call on. Several rules may act on one call: the first that was added is the outermost. */
  add(fault: HttpFault, scope: RuleScope = {}): Rule<HttpFault> {
    return this.faults.add(fault, scope);
  }

  /** Removes every rule: what hangs goes on. */
  clear(): void {
    this.faults.clear();
  }

  /** Operations of the calls that reached the server. */
  get reached(): string[] {
    return this.calls.filter(({ hasReached }) => hasReached).map(({ operation }) => operation);
  }

  async close(): Promise<void> {
    this.clear();
    await this.connections.close();
    this.server.closeAllConnections();
    this.server.close();
    this.agent.destroy();
    await once(this.server, 'close');
  }

  private async take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const gone = new AbortController();
    outgoing.once('close', () => {
      gone.abort();
    });
    const { method = 'GET', url: path = '/', headers } = incoming;
    const raw = { method, path, headers, body: await read(incoming), gone: gone.signal };
    const call: HttpCall = { ...raw, operation: this.options.operationOf(raw) };
    const record: CallRecord = { operation: call.operation, hasReached: false, status: null, faults: [] };
    this.calls.push(record);
    const answer = await this.pass(call, record, [...this.faults.all]);
    record.status = answer.status;
    await deliver(answer, outgoing);
  }

  /** Through the rules that are left, at last to the server. */
  private pass(call: HttpCall, record: CallRecord, rules: readonly Rule<HttpFault>[]): Promise<HttpAnswer> {
    const acting = rules.findIndex((rule) => rule.take(call.operation));
    const rule = rules[acting];
    if (rule === undefined) {
      record.hasReached = true;
      return this.forward(call);
    }
    record.faults.push(rule.fault.name);
    return rule.fault.apply(call, (changed) => this.pass({ ...call, ...changed }, record, rules.slice(acting + 1)));
  }

  private async forward({ method, path, headers, body, gone }: HttpCall): Promise<HttpAnswer> {
    const send = this.target.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = send(new URL(path, this.target), {
      method,
      headers: { ...endToEnd(headers), host: this.target.host, 'content-length': body.length },
      agent: this.agent,
      signal: gone,
    });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    return { status: answer.statusCode ?? 502, headers: endToEnd(answer.headers), body: await read(answer) };
  }
}

async function deliver({ status, headers, body, delivery = {} }: HttpAnswer, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(status, { ...headers, 'content-length': body.length });
  const { cutAfterBytes, slowly } = delivery;
  const whole = cutAfterBytes === undefined ? body : body.subarray(0, cutAfterBytes);
  const step = slowly?.bytes ?? Math.max(1, whole.length);
  outgoing.flushHeaders();
  for (let at = 0; at < whole.length && !outgoing.destroyed; at += step) {
    if (slowly !== undefined) await sleep(slowly.everyMs);
    outgoing.write(whole.subarray(at, at + step));
  }
  if (cutAfterBytes === undefined) outgoing.end();
  else await breakOff(outgoing);
}

/** What was written arrives, and then the connection ends. */
async function breakOff(outgoing: ServerResponse): Promise<void> {
  while (outgoing.writableLength > 0 && !outgoing.destroyed) await sleep(1);
  outgoing.socket?.destroySoon();
}

/** A TLS connection knows no reset of its own. */
function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

const endToEnd = (headers: HttpCall['headers']): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, value] as const],
    ),
  );

async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
