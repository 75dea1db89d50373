import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { VcsimTarget } from '../../../sims/vcsim/vcsim';

/** Calls that change something in a vCenter. */
const CHANGES = /_Task$|^(CreateFolder|ShutdownGuest|RebootGuest|StandbyGuest|MarkAs\w+|UnregisterVM)$/;
const CREATES = /^(CloneVM|CreateVM)_Task$/;

/** A plain HTTP proxy before a vCenter on which calls go wrong. Plain HTTP is what lets it read them. */
export class FaultProxy {
  /** Every call that reached the vCenter, by its operation. */
  readonly calls: string[] = [];
  private readonly expired = new Set<string>();
  private readonly live = new Set<string>();
  private readonly lost: RegExp[] = [];
  private readonly faults = new Map<string, string>();
  private rewrite: ((operation: string, answer: string) => string) | undefined;
  private waiting: Promise<void> | undefined;
  private isUnavailable = false;

  private constructor(
    private readonly target: VcsimTarget,
    private readonly server: Server,
    private readonly agent: Agent,
  ) {}

  static async listen(target: VcsimTarget): Promise<FaultProxy> {
    const server = createServer();
    const agent = new Agent({ keepAlive: true, ...(target.ca === undefined ? {} : { ca: target.ca }) });
    const proxy = new FaultProxy(target, server, agent);
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
      proxy.relay(incoming, outgoing).catch(() => outgoing.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get url(): URL {
    return new URL(
      `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${new URL(this.target.url).pathname}`,
    );
  }

  /** How many calls that change something reached the vCenter. */
  get mutations(): number {
    return this.calls.filter((operation) => CHANGES.test(operation)).length;
  }

  count(operation: string): number {
    return this.calls.filter((one) => one === operation).length;
  }

  /** The next call of this name takes effect, and its answer is lost with the connection. */
  loseAnswer(operation: RegExp = CREATES): void {
    this.lost.push(operation);
  }

  /** The next call of this name is refused with a vim25 fault, and does not reach the vCenter. */
  refuse(operation: string, type: string, fields = ''): void {
    const detail = `<${type}Fault xmlns="urn:vim25" xsi:type="${type}">${fields}</${type}Fault>`;
    this.faults.set(operation, `<faultcode>x</faultcode><faultstring>staged</faultstring><detail>${detail}</detail>`);
  }

  /** Changes every answer until the returned function is called. */
  rewriteAnswers(rewrite: (operation: string, answer: string) => string): () => void {
    this.rewrite = rewrite;
    return () => {
      this.rewrite = undefined;
    };
  }

  /** Every session so far is over. */
  expireSessions(): void {
    for (const cookie of this.live) this.expired.add(cookie);
  }

  /** Every call hangs until the returned function is called. */
  hang(): () => void {
    let release = (): void => undefined;
    this.waiting = new Promise((resolve) => {
      release = resolve;
    });
    return () => {
      this.waiting = undefined;
      release();
    };
  }

  /** Every call is answered with HTTP 503 until the returned function is called. */
  answerUnavailable(): () => void {
    this.isUnavailable = true;
    return () => {
      this.isUnavailable = false;
    };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    this.agent.destroy();
    await once(this.server, 'close');
  }

  private async relay(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await read(incoming);
    await this.waiting;
    if (outgoing.destroyed) return;
    const operation = /<(?:\w+:)?Body[^>]*>\s*<(\w+)/.exec(body.toString('utf8'))?.[1] ?? '';
    if (this.isUnavailable) outgoing.writeHead(503).end('busy');
    else if (!this.refused(operation, outgoing))
      await this.pass(operation, await this.forward(incoming, body), outgoing);
  }

  private refused(operation: string, outgoing: ServerResponse): boolean {
    const fault = this.faults.get(operation);
    if (fault === undefined) {
      this.calls.push(operation);
      return false;
    }
    this.faults.delete(operation);
    outgoing.writeHead(500, { 'content-type': 'text/xml' }).end(envelope(`<soapenv:Fault>${fault}</soapenv:Fault>`));
    return true;
  }

  private async pass(operation: string, answer: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const original = await read(answer);
    const content = this.rewrite ? Buffer.from(this.rewrite(operation, original.toString('utf8'))) : original;
    const lost = this.lost.findIndex((one) => one.test(operation));
    if (lost >= 0) {
      this.lost.splice(lost, 1);
      outgoing.socket?.resetAndDestroy();
      return;
    }
    const { 'content-type': type, 'set-cookie': cookies = [] } = answer.headers;
    for (const cookie of cookies) this.live.add(cookie.split(';')[0] ?? '');
    const headers = { 'content-type': type, 'set-cookie': cookies, 'content-length': content.length };
    outgoing.writeHead(answer.statusCode ?? 502, headers).end(content);
  }

  private async forward(incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const url = new URL(this.target.url);
    const { cookie } = incoming.headers;
    const headers = { ...incoming.headers, host: url.host };
    if (cookie !== undefined && this.expired.has(cookie)) headers.cookie = 'vmware_soap_session=expired';
    const options = { method: incoming.method, headers };
    const call =
      url.protocol === 'https:' ? httpsRequest(url, { ...options, agent: this.agent }) : httpRequest(url, options);
    call.end(body);
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    return answer;
  }
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const envelope = (body: string): string =>
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"' +
  ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;
