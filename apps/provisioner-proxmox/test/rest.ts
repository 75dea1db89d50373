import { request } from 'node:https';
import type { Proxmox } from '../../../sims/proxmox/proxmox';

/** What an answer of the API says. */
export interface RestAnswer {
  readonly status: number;
  readonly text: string;
  readonly data: unknown;
}

/** The API as curl would use it: plain requests with the administrator's token. */
export class Rest {
  constructor(private readonly proxmox: Proxmox) {}

  /** @throws Error for any refusal */
  async call(method: string, path: string, params: Readonly<Record<string, string | number>> = {}): Promise<unknown> {
    const answer = await this.send(method, path, params);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.data;
  }

  /** Calls, and waits for the task. @throws Error when it fails */
  async run(method: string, path: string, params: Readonly<Record<string, string | number>> = {}): Promise<void> {
    const upid = await this.call(method, path, params);
    if (typeof upid !== 'string' || !upid.startsWith('UPID:')) return;
    const exit = await this.endOf(upid);
    if (exit !== 'OK' && !exit.startsWith('WARNINGS')) throw new Error(`${method} ${path}: ${exit}`);
  }

  /** How a task ended. */
  private async endOf(upid: string): Promise<string> {
    const [, node = ''] = upid.split(':');
    const path = `/nodes/${node}/tasks/${encodeURIComponent(upid)}/status`;
    for (;;) {
      const state = (await this.call('GET', path)) as { status: string; exitstatus?: string };
      if (state.status === 'stopped') return state.exitstatus ?? '';
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  send(method: string, path: string, params: Readonly<Record<string, string | number>>): Promise<RestAnswer> {
    const { url, ca, adminToken } = this.proxmox;
    const form = new URLSearchParams(
      Object.entries(params).map(([key, value]): [string, string] => [key, String(value)]),
    ).toString();
    const inQuery = method === 'GET' || method === 'DELETE';
    const target = new URL(`/api2/json${path}${inQuery && form !== '' ? `?${form}` : ''}`, url);
    const headers = {
      authorization: `PVEAPIToken=${adminToken.id}=${adminToken.secret}`,
      ...(!inQuery && {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(form),
      }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(target, { method, headers, ca, agent: false }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const body = Buffer.concat(chunks).toString('utf8');
          const parsed = (body.startsWith('{') ? JSON.parse(body) : {}) as { data?: unknown; message?: string };
          const text = `${incoming.statusMessage ?? ''} ${body}`;
          resolve({ status: incoming.statusCode ?? 0, text, data: parsed.data });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(inQuery ? undefined : form);
    });
  }
}
