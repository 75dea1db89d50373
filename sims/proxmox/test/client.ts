import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Proxmox, TokenCredentials } from '../proxmox';

/** An answer as it came. */
export interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body's JSON, or null. */
  readonly json: { data?: unknown; message?: string; errors?: Record<string, string>; total?: number } | null;
  /** `data` of the body; tests know its shape. */
  readonly data: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- whatever the call answers
}

export interface Ask {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body that is sent as it is. */
  readonly body?: string;
  /** Another node's address. */
  readonly url?: string;
  /** null: none. */
  readonly token?: TokenCredentials | null;
  readonly agent?: RequestOptions['agent'];
  readonly signal?: AbortSignal;
}

function parsed(text: string): Reply['json'] {
  try {
    return JSON.parse(text) as Reply['json'];
  } catch {
    return null;
  }
}

/** A plain client of the simulator: a connection per call, no retries. */
export class TestClient {
  constructor(
    private readonly proxmox: Pick<Proxmox, 'url' | 'ca' | 'adminToken'>,
    readonly credentials: TokenCredentials = proxmox.adminToken,
  ) {}

  /** @param path below `/api2/json` */
  ask(method: string, path: string, options: Ask = {}): Promise<Reply> {
    const form = formOf(options.params ?? {});
    const inQuery = method === 'GET' || method === 'DELETE' || method === 'HEAD';
    const { body, type } = bodyOf(options, inQuery ? '' : form);
    const query = inQuery && form !== '' ? `?${form}` : '';
    return this.#send(new URL(options.url ?? this.proxmox.url), body, {
      path: `/api2/json${path}${query}`,
      method,
      ca: this.proxmox.ca,
      agent: options.agent ?? false,
      signal: options.signal,
      headers: {
        ...tokenHeader(options, this.credentials),
        ...typeHeader(type),
        ...lengthHeader(body),
        ...options.headers,
      },
    });
  }

  get(path: string, params: Ask['params'] = {}): Promise<Reply> {
    return this.ask('GET', path, { params });
  }

  post(path: string, params: Ask['params'] = {}): Promise<Reply> {
    return this.ask('POST', path, { params });
  }

  put(path: string, params: Ask['params'] = {}): Promise<Reply> {
    return this.ask('PUT', path, { params });
  }

  delete(path: string, params: Ask['params'] = {}): Promise<Reply> {
    return this.ask('DELETE', path, { params });
  }

  /** Waits for a task and returns how it ended. */
  async ended(upid: string): Promise<string> {
    const node = upid.split(':')[1] ?? '';
    for (;;) {
      const reply = await this.get(`/nodes/${node}/tasks/${encodeURIComponent(upid)}/status`);
      const { status, exitstatus } = reply.data as { status: string; exitstatus?: string };
      if (status === 'stopped') return exitstatus ?? '';
      await sleep(5);
    }
  }

  /** Sends a call that answers a UPID, and waits for the task. */
  async run(method: 'POST' | 'PUT' | 'DELETE', path: string, params: Ask['params'] = {}): Promise<string> {
    const reply = await this.ask(method, path, { params });
    if (typeof reply.data !== 'string')
      throw new Error(`${method} ${path}: ${reply.status} ${reply.reason} ${reply.text}`);
    return this.ended(reply.data);
  }

  /** The lines of a task's log. */
  async log(upid: string): Promise<readonly string[]> {
    const path = `/nodes/${upid.split(':')[1] ?? ''}/tasks/${encodeURIComponent(upid)}/log`;
    const lines = (await this.get(path, { limit: 0 })).data as { t: string }[];
    return lines.map(({ t }) => t);
  }

  #send({ hostname, port }: URL, body: string | undefined, options: RequestOptions): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest({ ...options, hostname, port }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const json = parsed(text);
          const { statusCode: status = 0, statusMessage: reason = '', headers } = response;
          resolve({ status, reason, headers, text, json, data: json?.data });
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}

const formOf = (params: Readonly<Record<string, string | number>>): string =>
  new URLSearchParams(Object.entries(params).map(([key, value]): [string, string] => [key, String(value)])).toString();

function tokenHeader(options: Ask, usual: TokenCredentials): Record<string, string> {
  const token = options.token === undefined ? usual : options.token;
  return token === null ? {} : { Authorization: `PVEAPIToken=${token.id}=${token.secret}` };
}

const typeHeader = (type: string | undefined): Record<string, string> =>
  type === undefined ? {} : { 'Content-Type': type };

const lengthHeader = (body: string | undefined): Record<string, string> =>
  body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };

function bodyOf({ json, body }: Ask, form: string): { body?: string; type?: string } {
  if (body !== undefined) return { body };
  if (json !== undefined) return { body: JSON.stringify(json), type: 'application/json' };
  return form === '' ? {} : { body: form, type: 'application/x-www-form-urlencoded' };
}

/** Asks until an answer satisfies, at most five seconds. */
export async function until<T>(ask: () => Promise<T>, isGood: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const value = await ask();
    if (isGood(value)) return value;
    if (Date.now() > deadline) throw new Error(`not in time: ${JSON.stringify(value)}`);
    await sleep(10);
  }
}
