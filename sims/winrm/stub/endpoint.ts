import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isPsObject } from '../cmdlets/parameters';
import { Session } from '../engine/session';
import { ShellError, VmmError } from '../model/errors';
import { KIND, type PsObject } from '../model/objects';
import type { Vmm } from '../model/vmm';

/** How deep objects are written out. */
const DEPTH = 4;
const MAX_BODY = 1_048_576;
const NO_FAULTS = { before: () => Promise.resolve(), after: () => Promise.resolve() };

type Json = Readonly<Record<string, unknown>>;

/** `POST /cmdlet` on loopback: a stub module's way to the model. Objects go out with a handle, and come back as that. */
export class CmdletEndpoint {
  private readonly handles = new Map<number, PsObject>();
  private readonly numbers = new Map<PsObject, number>();
  private readonly sessions = new Map<unknown, Session>();

  private constructor(
    private readonly vmm: Vmm,
    private readonly server: Server,
  ) {}

  static async listen(vmm: Vmm): Promise<CmdletEndpoint> {
    const server = createServer();
    const endpoint = new CmdletEndpoint(vmm, server);
    server.on('request', (request, response) => void endpoint.serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isKnown = request.method === 'POST' && request.url === '/cmdlet';
    const answer = isKnown ? await this.answer(await bodyOf(request)) : undefined;
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json; charset=utf-8' });
    response.end(answer === undefined ? '' : JSON.stringify(answer));
  }

  private async answer(body: string): Promise<Json> {
    try {
      const { session, cmdlet, args } = JSON.parse(body) as { session: unknown; cmdlet: string; args: Json };
      const given = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, this.received(value)]));
      const objects = await this.sessionOf(session).invoke(cmdlet, given);
      return { objects: objects.map((one) => this.written(one, DEPTH)) };
    } catch (error) {
      return { error: this.told(error) };
    }
  }

  private sessionOf(key: unknown): Session {
    const session = this.sessions.get(key) ?? new Session(this.vmm, NO_FAULTS);
    this.sessions.set(key, session);
    return session;
  }

  private received(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || !('handle' in value)) return value;
    return this.handles.get(Number(value.handle));
  }

  private told(error: unknown): Json {
    if (error instanceof VmmError) {
      const fqid = `${error.number},Microsoft.SystemCenter.VirtualMachineManager.Cmdlets`;
      return { message: error.messageIn(this.vmm.locale), fqid };
    }
    if (error instanceof ShellError) return { message: error.message, fqid: error.fullyQualifiedErrorId };
    return { message: String(error), fqid: 'Simulator' };
  }

  /** Properties of an object, of those it refers to, and so on; dates as ISO 8601. */
  private written(value: unknown, depth: number): unknown {
    if (Array.isArray(value)) return value.map((one) => this.written(one, depth));
    if (value instanceof Date) return value.toISOString();
    if (typeof value !== 'object' || value === null) return value;
    if (depth === 0) return undefined;
    const shown = namesOf(value).map((name) => [
      name,
      this.written((value as Record<string, unknown>)[name], depth - 1),
    ]);
    const plain = Object.fromEntries(shown) as Json;
    return isPsObject(value) ? { ...plain, SimHandle: this.handleOf(value) } : plain;
  }

  private handleOf(object: PsObject): number {
    const number = this.numbers.get(object) ?? this.handles.size + 1;
    this.numbers.set(object, number);
    this.handles.set(number, object);
    return number;
  }
}

/** Own properties and getters that PowerShell sees; those that lead back to the VM are left out. */
function namesOf(object: object): string[] {
  const prototype: unknown = Object.getPrototypeOf(object);
  const inherited = KIND in object && prototype !== Object.prototype ? Object.getOwnPropertyNames(prototype) : [];
  return [...Object.keys(object), ...inherited].filter(
    (name) => /^[A-Z]/.test(name) && name !== 'VMs' && name !== 'VM',
  );
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error('The request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
