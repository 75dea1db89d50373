import { ConcurrencyGate, type TlsTrust } from '@dcm/connection';
import { Deadline } from './deadline';
import { Endpoint } from './endpoint';
import { EndpointRing } from './endpoint.ring';
import { readAnswer } from './pve.answer';
import type { PveCall, PveCaller } from './pve.caller';
import { isTicketLoss, PveRequestError, PveTransportError } from './pve.errors';
import { encodeRequest, type PveMethod, type PveParameters, type PvePath, type PveRequest } from './pve.request';
import { PveSession, type Identity } from './pve.session';
import { send } from './pve.transport';
import { TaskWatcher, type TaskWatcherOptions } from './task.watcher';

/** Told after each sending, for metrics and tests: method and path, milliseconds, HTTP status (0: none), the endpoint's node. */
export type ExchangeHook = (call: string, ms: number, status: number, node: string) => void;

/** One way into the cluster. */
export interface PveEndpoint {
  /** Such as `https://pve1.example:8006`. */
  readonly url: string;
  /** The cluster's name of that node. Default: the first label of the host name. */
  readonly node?: string;
  readonly tls?: TlsTrust;
}

/** Where and as whom to connect, and within which limits. */
export interface PveClientOptions {
  /** The most wanted first. */
  readonly endpoints: readonly PveEndpoint[];
  /** `user@realm!token` with the token's secret, or `user@realm` with the password. */
  readonly username: string;
  readonly password: string;
  /** Limit for each call. Default 60,000. */
  readonly timeoutMs?: number;
  /** Limit for connecting to one endpoint. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Calls under way at once. Default 8. */
  readonly maxConcurrent?: number;
  /** How long a wrong password is not tried again. Default 60,000. */
  readonly loginBackOffMs?: number;
  readonly tasks?: TaskWatcherOptions;
  readonly onExchange?: ExchangeHook;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
const DEFAULT_MAX_CONCURRENT = 8;
const DEFAULT_LOGIN_BACK_OFF_MS = 60_000;
/** A user, a realm, and a token's name where there is one. */
const ACCOUNT = /^[^\s:/@!]+(@[^\s:/@!]+){1,2}(![A-Za-z][A-Za-z0-9._-]+)?$/;

/**
 * A client of one Proxmox VE cluster, through any of its nodes. It connects at the first call, not before.
 * @see https://pve.proxmox.com/pve-docs/api-viewer/
 */
export class PveClient implements PveCaller {
  /** Waits for tasks. */
  readonly tasks: TaskWatcher;
  private readonly ring: EndpointRing;
  private readonly session: PveSession;
  private readonly gate: ConcurrencyGate;
  private isClosed = false;

  /** @throws PveRequestError, ConnectionOptionError when an option cannot be used */
  constructor(private readonly options: PveClientOptions) {
    const maxSockets = options.maxConcurrent ?? DEFAULT_MAX_CONCURRENT;
    const limits = { maxSockets, connectTimeoutMs: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS };
    if (options.endpoints.length === 0) throw new PveRequestError('endpoints', 'there must be one at least');
    if (!ACCOUNT.test(options.username)) {
      throw new PveRequestError('username', 'it must be user@realm!token, or user@realm with a password');
    }
    this.ring = new EndpointRing(options.endpoints.map((one) => new Endpoint(endpointOf(one), limits)));
    this.gate = new ConcurrencyGate(maxSockets);
    const loginBackOffMs = options.loginBackOffMs ?? DEFAULT_LOGIN_BACK_OFF_MS;
    this.session = new PveSession({ ...options, loginBackOffMs }, (request, secrets) => this.logIn(request, secrets));
    this.tasks = new TaskWatcher(this, options.tasks);
  }

  /** Whether some endpoint answered its last call; true before the first. */
  get isReachable(): boolean {
    return this.ring.isReachable;
  }

  /**
   * GET: reads, and may be sent to several endpoints until one answers.
   * @param query parameters; @returns the answer's `data`, undefined for null
   * @throws PveRequestError (nothing was sent), PveRefusal, PveTransportError
   */
  get(path: PvePath, query?: PveParameters, ctx?: PveCall): Promise<unknown> {
    return this.call(encodeRequest('GET', path, query), ctx);
  }

  /**
   * POST with a form. It is sent to another endpoint only when it is certain that it was not carried out.
   * @returns the answer's `data`: often a task's identifier @throws as `get`
   */
  post(path: PvePath, form?: PveParameters, ctx?: PveCall): Promise<unknown> {
    return this.change('POST', path, form, ctx);
  }

  /** PUT with a form, like POST. */
  put(path: PvePath, form?: PveParameters, ctx?: PveCall): Promise<unknown> {
    return this.change('PUT', path, form, ctx);
  }

  /** DELETE; its parameters go in the query, because PVE refuses a body. Else like POST. */
  delete(path: PvePath, query?: PveParameters, ctx?: PveCall): Promise<unknown> {
    return this.change('DELETE', path, query, ctx);
  }

  /** Fails whoever still waits for a task and closes all connections. The client cannot be used again. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.tasks.close();
    this.ring.close();
  }

  private change(method: PveMethod, ...[path, parameters, ctx]: [PvePath, PveParameters?, PveCall?]): Promise<unknown> {
    return this.call(encodeRequest(method, path, parameters), ctx);
  }

  private async call(request: PveRequest, ctx: PveCall = {}): Promise<unknown> {
    if (this.isClosed) throw new PveTransportError('CLIENT_CLOSED', request.call, { mayHaveRun: false });
    const deadline = new Deadline(request.call, this.timeoutMs(ctx), ctx.signal);
    try {
      const leave = await this.gate.enter(deadline.signal);
      try {
        return await this.inSession(request, ctx, deadline);
      } finally {
        leave();
      }
    } finally {
      deadline.end();
    }
  }

  /** A ticket that is over is replaced once, and the call repeated once: it was not carried out. */
  private async inSession(request: PveRequest, ctx: PveCall, deadline: Deadline): Promise<unknown> {
    const identity = await deadline.within(this.session.identify(request.method));
    try {
      return await this.dispatch(request, ctx, identity, deadline);
    } catch (error) {
      if (!isTicketLoss(error)) throw error;
      this.session.drop(identity.epoch);
      const renewed = await deadline.within(this.session.identify(request.method));
      return this.dispatch(request, ctx, renewed, deadline);
    }
  }

  private dispatch(request: PveRequest, ctx: PveCall, ...[identity, deadline]: [Identity, Deadline]): Promise<unknown> {
    return this.ring.run(request, ctx.node, async (endpoint, isFresh, hasOthers) => {
      // A node that takes a read and says nothing must not use up the time of those that would answer.
      const patienceMs = request.isRepeatable && hasOthers ? this.timeoutMs(ctx) / 2 : this.timeoutMs(ctx);
      const patience = new Deadline(request.call, patienceMs, undefined);
      try {
        deadline.signal.throwIfAborted();
        ctx.beforeSend?.();
        return await this.exchange(endpoint, request, {
          identity,
          agent: isFresh ? endpoint.fresh : endpoint.pooled,
          signal: AbortSignal.any([deadline.signal, patience.signal]),
        });
      } finally {
        patience.end();
      }
    });
  }

  private async exchange(
    endpoint: Endpoint,
    request: PveRequest,
    { identity, agent, signal }: { identity: Identity; agent: Endpoint['fresh']; signal: AbortSignal },
  ): Promise<unknown> {
    const startedAt = performance.now();
    let status = 0;
    try {
      const raw = await send({ request, url: endpoint.url, agent, headers: identity.headers, signal });
      status = raw.status;
      return readAnswer(raw, request, identity);
    } finally {
      this.options.onExchange?.(request.call, performance.now() - startedAt, status, endpoint.node);
    }
  }

  /** POST /access/ticket, without an identity. */
  private async logIn(request: PveRequest, secrets: readonly string[]): Promise<unknown> {
    const deadline = new Deadline(request.call, this.timeoutMs({}), undefined);
    try {
      return await this.dispatch(request, {}, { scheme: 'login', headers: {}, secrets, epoch: 0 }, deadline);
    } finally {
      deadline.end();
    }
  }

  private timeoutMs(ctx: PveCall): number {
    return ctx.timeoutMs ?? this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }
}

function endpointOf({ url: text, node, tls }: PveEndpoint): { url: URL; node: string; tls: TlsTrust } {
  if (!URL.canParse(text)) throw new PveRequestError('url', 'it cannot be read');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') throw new PveRequestError('url', 'it must not hold credentials');
  if (!/^\/(api2(\/json)?\/?)?$/.test(url.pathname)) throw new PveRequestError('url', 'it must have no path');
  return { url, node: node ?? url.hostname.split('.')[0] ?? '', tls: tls ?? {} };
}
