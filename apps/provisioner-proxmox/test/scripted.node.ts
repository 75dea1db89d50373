import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request that came in whole. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Which connection it came on, counted from 1. */
  readonly connection: number;
}

/** What the node does with a request. */
export type Script = (seen: Seen, answer: ServerResponse) => void;

/** Writes an answer as pveproxy does. */
export function say(answer: ServerResponse, data: unknown, status = 200, reason = 'OK'): void {
  answer.writeHead(status, reason, { 'Content-Type': 'application/json;charset=UTF-8' });
  answer.end(JSON.stringify({ data }));
}

/** Writes an answer of the daemon behind pveproxy: it says that it ends the connection, pveproxy that it goes on, and it does. */
export function sayFromBehind(answer: ServerResponse, data: unknown): void {
  answer.writeHead(200, 'OK', { Connection: ['close', 'Keep-Alive'] });
  (answer as ServerResponse & { _last: boolean })._last = false;
  answer.end(JSON.stringify({ data }));
}

/** Refuses as pveproxy itself does: no body, and the connection is closed. */
export function refuse(answer: ServerResponse, status: number, reason: string): void {
  answer.writeHead(status, reason, { Connection: 'close' });
  answer.end();
}

/** One node that does as a script says, on plain HTTP. */
export class ScriptedNode {
  readonly seen: Seen[] = [];
  script: Script = (_, answer) => {
    say(answer, null);
  };
  private readonly sockets = new Map<Socket, number>();
  private readonly server = createServer({ keepAliveTimeout: 5_000 }, (request, answer) => {
    void this.take(request, answer);
  });

  static async start(port = 0): Promise<ScriptedNode> {
    const node = new ScriptedNode();
    node.server.on('connection', (socket: Socket) => {
      node.sockets.set(socket, node.sockets.size + 1);
    });
    await new Promise<void>((resolve) => node.server.listen(port, '127.0.0.1', resolve));
    return node;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.sockets.size;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.sockets.keys()) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers, socket } = request;
    const body = Buffer.concat(chunks).toString();
    const seen = { method, url, headers, body, connection: this.sockets.get(socket) ?? 0 };
    this.seen.push(seen);
    this.script(seen, answer);
  }
}
