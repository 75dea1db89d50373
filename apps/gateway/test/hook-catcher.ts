import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { selfSigned } from '../../../sims/faults/certificate';

/** A post as it arrived. */
export interface CaughtPost {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly at: number;
}

export interface CaughtEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly data: { readonly id: string; readonly noun: string; readonly doc: Record<string, unknown> };
}

type Reply = (response: ServerResponse, post: CaughtPost) => void;

export const answer =
  (status: number, headers: Record<string, string> = {}, body = ''): Reply =>
  (response) => {
    response.writeHead(status, headers).end(body);
  };

/** A local HTTPS server that keeps what is posted to it. */
export class HookCatcher {
  readonly posts: CaughtPost[] = [];
  reply: Reply = answer(204);
  readonly authority: string;
  private readonly server;

  private constructor() {
    const { key, cert } = selfSigned(['127.0.0.1', 'hook.test']);
    this.authority = cert;
    this.server = createServer({ key, cert }, (request, response) => void this.take(request, response));
  }

  static async open(): Promise<HookCatcher> {
    const catcher = new HookCatcher();
    await new Promise<void>((resolve) => catcher.server.listen(0, '127.0.0.1', resolve));
    return catcher;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}/hook`;
  }

  /** What came to a path, in order. */
  to(path: string): CaughtPost[] {
    return this.posts.filter((post) => post.path === path);
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const post = {
      path: request.url ?? '',
      headers: request.headers as Record<string, string>,
      body: await text(request),
      at: performance.now(),
    };
    this.posts.push(post);
    this.reply(response, post);
  }
}

export const eventOf = ({ body }: CaughtPost): CaughtEvent => JSON.parse(body) as CaughtEvent;

/** Written from the specification, not with the code under test. */
export const isSigned = ({ headers, body }: CaughtPost, secret: string): boolean => {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const text = `${headers['webhook-id'] ?? ''}.${headers['webhook-timestamp'] ?? ''}.${body}`;
  const mac = createHmac('sha256', key).update(text).digest('base64');
  return (headers['webhook-signature'] ?? '').split(' ').includes(`v1,${mac}`);
};
