import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Noise } from './command';
import { readRequest, writeFault, type Request } from './envelope';
import { ServiceFault } from './faults';
import type { Knobs, Mischief } from './knobs';
import { ConnectionLogin, type LoginContext, type LoginCounts, type LoginPolicy } from './login';
import type { Operation } from './names';
import type { ServerSealing } from './ntlm/sealing';
import { packSealed, SEALED_TYPE, unpackSealed } from './sealed.body';
import type { Caller, ShellService } from './service';

/** What the front has seen, to be looked at by tests. */
export interface FrontStats extends LoginCounts {
  /** TCP connections, ever. */
  connections: number;
  /** HTTP requests, handshakes too. */
  requests: number;
  /** Answers with 401, the challenges of handshakes too. */
  unauthorized: number;
  /** Requests that came sealed. */
  sealed: number;
  /** Requests of each operation that were served, with whatever result. */
  served: Partial<Record<Operation, number>>;
}

/** What stands behind a door. */
export interface Behind {
  readonly service: ShellService;
  readonly knobs: Knobs;
  readonly stats: FrontStats;
  readonly policy: LoginPolicy;
  readonly login: LoginContext;
}

const SOAP_TYPE = 'application/soap+xml;charset=UTF-8';
const MAX_REQUEST_BYTES = 512_000;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const CLIXML = Buffer.from(
  '#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj S="progress" RefId="0"><MS><I64 N="SourceId">1</I64><PR N="Record"><AV>Preparing modules for first use.</AV><AI>0</AI><Nil /><PI>-1</PI><PC>-1</PC><T>Completed</T><SR>-1</SR><SD> </SD></PR></MS></Obj></Objs>',
);

/** A request whose sender is known, in the clear. */
interface Admitted {
  readonly source: string;
  readonly account: string;
  /** How the answer must be sealed, as the request was. */
  readonly sealing?: ServerSealing;
}

/** One listening address: HTTP in, envelopes to the service, answers out, and what the knobs do to them. */
export class Door {
  private readonly logins = new WeakMap<Socket, ConnectionLogin>();

  constructor(private readonly behind: Behind) {}

  /** Serves one HTTP request. */
  readonly handle = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    this.behind.stats.requests += 1;
    outgoing.on('error', () => undefined);
    this.answer(incoming, outgoing).catch(() => {
      incoming.socket.destroy();
    });
  };

  private async answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await readBody(incoming);
    if (incoming.url?.split('?')[0] !== '/wsman') {
      finish(outgoing, 404);
    } else if (incoming.method !== 'POST') {
      finish(outgoing, 405);
    } else if (body === undefined) {
      finish(outgoing, 413);
    } else {
      const admitted = this.admit(incoming, outgoing, body);
      if (admitted !== undefined) await this.serve(incoming, outgoing, admitted);
    }
  }

  /** Finds out who asks and what; answers by itself when that is all there is to do. */
  private admit(incoming: IncomingMessage, outgoing: ServerResponse, body: Buffer): Admitted | undefined {
    const login = this.loginOf(incoming.socket);
    const verdict = login.judge(incoming);
    if (verdict.kind === 'CHALLENGE') {
      this.challenge(outgoing, login, verdict.token);
      return undefined;
    }
    if (body.length === 0) {
      finish(outgoing, 200, Buffer.alloc(0), SOAP_TYPE);
      return undefined;
    }
    if ((incoming.headers['content-type'] ?? '').startsWith('multipart/encrypted')) {
      const plain = verdict.sealing === undefined ? undefined : unpackSealed(body, verdict.sealing);
      if (plain === undefined || verdict.sealing === undefined) {
        finish(outgoing, 400);
        return undefined;
      }
      this.behind.stats.sealed += 1;
      return { source: plain.toString(), account: verdict.account, sealing: verdict.sealing };
    }
    if (this.behind.login.acceptor.certificate === undefined && !this.behind.policy.allowUnencrypted) {
      this.challenge(outgoing, login);
      return undefined;
    }
    return { source: body.toString(), account: verdict.account };
  }

  private async serve(incoming: IncomingMessage, outgoing: ServerResponse, admitted: Admitted): Promise<void> {
    const caller = { account: admitted.account, address: incoming.socket.remoteAddress ?? '' };
    let request: Request | undefined;
    let mischief: readonly Mischief[] = [];
    try {
      request = readRequest(admitted.source);
      mischief = this.behind.knobs.next(request.operation);
      if (await this.prevented(mischief, incoming, outgoing)) return;
      this.injure(mischief, request, caller);
      const { served } = this.behind.stats;
      served[request.operation] = (served[request.operation] ?? 0) + 1;
      const text = await this.behind.service.serve(request, caller, noiseOf(mischief));
      await this.give(outgoing, { status: 200, text, admitted, mischief });
    } catch (error) {
      if (!(error instanceof ServiceFault)) throw error;
      const text = writeFault(error, request?.messageId ?? '');
      await this.give(outgoing, { status: error.status, text, admitted, mischief });
    }
  }

  /** Mischief that keeps a request from being served. @returns whether it did */
  private async prevented(
    mischief: readonly Mischief[],
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): Promise<boolean> {
    for (const one of mischief) {
      if (one.kind === 'DELAY') await pause(one.ms);
      else if (this.prevents(one, incoming.socket, outgoing)) return true;
    }
    return false;
  }

  private prevents(one: Mischief, socket: Socket, outgoing: ServerResponse): boolean {
    const isCut = one.kind === 'DROP_CONNECTION' && one.when === 'BEFORE';
    if (isCut) socket.destroy();
    if (one.kind === 'STATUS') finish(outgoing, one.status);
    if (one.kind === 'UNAUTHORIZED') {
      this.loginOf(socket).forget();
      this.challenge(outgoing, this.loginOf(socket));
    }
    // Paused, the connection takes what fits into the buffers, and that is all.
    if (one.kind === 'HALF_OPEN') socket.pause();
    return isCut || ['STATUS', 'UNAUTHORIZED', 'HALF_OPEN'].includes(one.kind);
  }

  /** Mischief that changes what the service finds. @throws ServiceFault */
  private injure(mischief: readonly Mischief[], request: Request, { account }: Caller): void {
    for (const one of mischief) {
      if (one.kind === 'KILL_SHELL') {
        const shell = this.behind.service.shells.ofOwner(account).find(({ id }) => id === request.shellId);
        if (shell !== undefined) this.behind.service.shells.remove(shell);
      }
      if (one.kind === 'FAULT') {
        throw new ServiceFault(one.code, one.subcode ?? 'w:InternalError', 'A fault that was asked for.');
      }
    }
  }

  private async give(
    outgoing: ServerResponse,
    answer: {
      readonly status: number;
      readonly text: string;
      readonly admitted: Admitted;
      readonly mischief: readonly Mischief[];
    },
  ): Promise<void> {
    const { status, admitted, mischief } = answer;
    const asked = <K extends Mischief['kind']>(kind: K): Extract<Mischief, { kind: K }> | undefined =>
      mischief.find((one): one is Extract<Mischief, { kind: K }> => one.kind === kind);
    if (asked('HANG') !== undefined) return;
    if (asked('DROP_CONNECTION') !== undefined) {
      outgoing.socket?.destroy();
      return;
    }
    const plain = Buffer.from(asked('ANSWER')?.body ?? answer.text);
    const sealing = asked('UNSEALED') === undefined ? admitted.sealing : undefined;
    const body = sealing === undefined ? plain : packSealed(plain, sealing);
    const type = sealing === undefined ? SOAP_TYPE : SEALED_TYPE;
    const slow = asked('SLOW');
    if (slow === undefined) finish(outgoing, status, body, type);
    else await trickle(outgoing, { status, body, type, bytesPerSecond: slow.bytesPerSecond });
  }

  private challenge(outgoing: ServerResponse, login: ConnectionLogin, token?: string): void {
    this.behind.stats.unauthorized += 1;
    outgoing.setHeader('WWW-Authenticate', token ?? login.offers());
    finish(outgoing, 401);
  }

  private loginOf(socket: Socket): ConnectionLogin {
    const known = this.logins.get(socket);
    if (known !== undefined) return known;
    const login = new ConnectionLogin(this.behind.login);
    this.logins.set(socket, login);
    return login;
  }
}

function noiseOf(mischief: readonly Mischief[]): Noise {
  return {
    ...(mischief.some(({ kind }) => kind === 'BOM') ? { stdout: BOM } : {}),
    ...(mischief.some(({ kind }) => kind === 'CLIXML_NOISE') ? { stderr: CLIXML } : {}),
  };
}

/** @returns undefined when it is larger than an envelope may be */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_REQUEST_BYTES) chunks.push(chunk);
  }
  return size <= MAX_REQUEST_BYTES ? Buffer.concat(chunks) : undefined;
}

function finish(outgoing: ServerResponse, status: number, body: Buffer = Buffer.alloc(0), type?: string): void {
  if (type !== undefined) outgoing.setHeader('Content-Type', type);
  outgoing.writeHead(status, { Server: 'Microsoft-HTTPAPI/2.0', 'Content-Length': body.length });
  outgoing.end(body);
}

async function trickle(
  outgoing: ServerResponse,
  answer: {
    readonly status: number;
    readonly body: Buffer;
    readonly type: string;
    readonly bytesPerSecond: number;
  },
): Promise<void> {
  const { status, body, type, bytesPerSecond } = answer;
  outgoing.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length });
  const step = Math.max(Math.ceil(bytesPerSecond / 10), 1);
  for (let at = 0; at < body.length && !outgoing.destroyed; at += step) {
    outgoing.write(body.subarray(at, at + step));
    await pause(100);
  }
  outgoing.end();
}
