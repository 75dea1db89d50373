import { createAgent, LoginBreaker, LoginSession, type LoginGrant, type TlsTrust } from '@dcm/connection';
import { abortable } from './abortable';
import { encodeRequest } from './encoder';
import { HttpTransport, type Exchange } from './http.transport';
import { SERVICE_INSTANCE, type ManagedObjectReference } from './managed.object';
import { PropertyCollector } from './property.collector';
import { readRecord, readString } from './reader';
import { VIM25 } from './schema';
import { lowerVersion, readServiceContent, type ServiceContent } from './service.content';
import { SoapClient } from './soap.client';
import { TaskWatcher } from './task.watcher';
import { VmWatcher } from './vm.watcher';
import type { CallOptions, VimCaller } from './vim.caller';
import type { VimObject } from './vim.data';
import { isSessionLoss, VimFault, VimRequestError, VimTransportError } from './vim.errors';
import { refuseSessionless } from './sessionless.answer';

/** What a login gives. */
interface SessionCredentials {
  /** The cookie, `name=value`. */
  readonly cookie: string;
  /** The session's key, which some operations ask for. */
  readonly key: string;
}

/** Told after each exchange, for metrics: the operation, milliseconds, bytes received. */
export type ExchangeHook = (operation: string, ms: number, bytes: number) => void;

/** Where and as whom to connect, and within which limits. */
export interface VimClientOptions {
  /** Such as `https://vcenter.example/sdk`; without a path, `/sdk` is meant. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly tls?: TlsTrust;
  /** The newest API version to speak; the server's own is used when that is older. Default 7.0.3.0. */
  readonly apiVersion?: string;
  /** Limit for each call. Default 60,000. */
  readonly timeoutMs?: number;
  /** Calls under way at once. Default 8. */
  readonly maxConcurrent?: number;
  /** How long a wrong password is not tried again. Default 60,000. */
  readonly loginBackOffMs?: number;
  readonly onExchange?: ExchangeHook;
}

const DEFAULT_API_VERSION = '7.0.3.0';
const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_MAX_CONCURRENT = 8;
const DEFAULT_LOGIN_BACK_OFF_MS = 60_000;
const LOGOUT_TIMEOUT_MS = 5_000;
/** One for all tasks, one for the changes of VMs. */
const LONG_POLLS = 2;

/**
 * A client of one vCenter with one session. It connects at the first call, not before.
 * @see https://developer.broadcom.com/xapis/vsphere-web-services-api/latest/
 */
export class VimClient implements VimCaller {
  /** Reads properties of objects. */
  readonly properties: PropertyCollector;
  /** Waits for tasks. */
  readonly tasks: TaskWatcher;
  /** Tells which VMs change. */
  readonly vms: VmWatcher;
  private readonly createSoap: () => Promise<SoapClient>;
  private readonly session: LoginSession<SessionCredentials>;
  private soapClient: Promise<SoapClient> | undefined;
  private serviceContent: Promise<ServiceContent> | undefined;
  private isClosed = false;

  /** @throws VimRequestError, ConnectionOptionError when an option cannot be used. */
  constructor(private readonly options: VimClientOptions) {
    const url = endpoint(options.url);
    const places = options.maxConcurrent ?? DEFAULT_MAX_CONCURRENT;
    const agent = createAgent(url, options.tls ?? {}, { maxSockets: places + LONG_POLLS });
    const transport = new HttpTransport(url, agent, places);
    this.createSoap = () => SoapClient.create(url, transport);
    const breaker = new LoginBreaker(options.loginBackOffMs ?? DEFAULT_LOGIN_BACK_OFF_MS, isInvalidLogin);
    this.session = new LoginSession(() => this.logIn(), breaker);
    this.properties = new PropertyCollector(this);
    this.tasks = new TaskWatcher(this, this.properties);
    this.vms = new VmWatcher(this);
  }

  /** RetrieveServiceContent, once; it needs no session. @throws VimTransportError `NOT_A_VCENTER` and others */
  async content(signal?: AbortSignal): Promise<ServiceContent> {
    this.serviceContent ??= this.retrieveContent().catch((error: unknown) => {
      this.serviceContent = undefined;
      throw error;
    });
    return abortable(this.serviceContent, signal, 'RetrieveServiceContent');
  }

  /** Makes any operation's call, in the session. */
  async call(
    operation: string,
    target: ManagedObjectReference,
    parameters: VimObject = {},
    options: CallOptions = {},
  ): Promise<unknown> {
    const body = encodeRequest(VIM25, operation, target, parameters);
    try {
      return await this.callOnce(operation, body, options);
    } catch (error) {
      if (!isSessionLoss(error) || options.isSessionBound === true) throw error;
      return this.callOnce(operation, body, options);
    }
  }

  /** The session's key, which HasPrivilegeOnEntities asks for. Logs in when there is no session. */
  async sessionKey(signal?: AbortSignal): Promise<string> {
    return (await abortable(this.session.ensure(), signal, 'Login')).key;
  }

  /** Logout; fails whoever still waits for a task. The client cannot be used again. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    await this.tasks.close();
    this.isClosed = true;
    const session = await this.session.surrender();
    const soap = await this.soap();
    if (session) {
      const { sessionManager } = await this.content();
      const exchange = this.exchange('Logout', { timeoutMs: LOGOUT_TIMEOUT_MS }, session.cookie);
      const body = encodeRequest(VIM25, 'Logout', sessionManager, {});
      // The session ends by itself when idle; a server that cannot be reached must not keep us from closing.
      await soap.send(body, exchange).catch(() => undefined);
    }
    soap.close();
  }

  private async callOnce(operation: string, body: string, options: CallOptions): Promise<unknown> {
    if (this.isClosed) throw new VimTransportError('CLIENT_CLOSED', operation, { requestSent: false });
    const { epoch, cookie } = await this.grantFor(operation, options);
    try {
      const answer = await this.send(body, this.exchange(operation, options, cookie));
      refuseSessionless(operation, answer);
      return answer;
    } catch (error) {
      if (isSessionLoss(error)) this.session.drop(epoch);
      throw error;
    }
  }

  private async grantFor(
    operation: string,
    { isSessionBound, signal }: CallOptions,
  ): Promise<LoginGrant<SessionCredentials>> {
    if (isSessionBound !== true) return abortable(this.session.ensure(), signal, operation);
    if (!this.session.current) throw new VimFault('NotAuthenticated', operation, 'the session is over');
    return this.session.current;
  }

  private async retrieveContent(): Promise<ServiceContent> {
    const operation = 'RetrieveServiceContent';
    const body = encodeRequest(VIM25, operation, SERVICE_INSTANCE, {});
    const content = readServiceContent(await this.send(body, this.exchange(operation)));
    const configured = this.options.apiVersion ?? DEFAULT_API_VERSION;
    (await this.soap()).speak(lowerVersion(configured, content.about.apiVersion));
    return content;
  }

  /** Login; without the old cookie, because on a live session it is refused. */
  private async logIn(): Promise<SessionCredentials> {
    const { sessionManager } = await this.content();
    const { username: userName, password } = this.options;
    const exchange = this.exchange('Login');
    const user = await this.send(encodeRequest(VIM25, 'Login', sessionManager, { userName, password }), exchange);
    const cookie = exchange.receivedCookie;
    if (cookie === undefined) throw new VimTransportError('NO_SESSION_COOKIE', 'Login', { requestSent: true });
    return { cookie, key: readString(readRecord(user)['key']) ?? '' };
  }

  private soap(): Promise<SoapClient> {
    return (this.soapClient ??= this.createSoap());
  }

  private exchange(operation: string, options: CallOptions = {}, cookie?: string): Exchange {
    return {
      operation,
      timeoutMs: options.timeoutMs ?? this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      isLongPoll: options.isLongPoll ?? false,
      receivedBytes: 0,
      ...(options.signal !== undefined && { signal: options.signal }),
      ...(cookie !== undefined && { cookie }),
    };
  }

  private async send(body: string, exchange: Exchange): Promise<unknown> {
    const startedAt = performance.now();
    try {
      return await (await this.soap()).send(body, exchange);
    } finally {
      this.options.onExchange?.(exchange.operation, performance.now() - startedAt, exchange.receivedBytes);
    }
  }
}

function endpoint(text: string): URL {
  if (!URL.canParse(text)) throw new VimRequestError('url', 'it cannot be read');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') throw new VimRequestError('url', 'it must not hold credentials');
  if (url.pathname === '/') url.pathname = '/sdk';
  return url;
}

function isInvalidLogin(error: unknown): boolean {
  return error instanceof VimFault && error.fault === 'InvalidLogin';
}
