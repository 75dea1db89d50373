import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP relay before a server: counts what the client sends, and cuts connections. */
export class Relay {
  /** Bytes from the client, all connections together. */
  sentBytes = 0;
  /** Connections that were made. */
  connections = 0;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  constructor(private readonly target: URL) {}

  /** Listens on a free port. @returns the target's URL, by way of the relay */
  async listen(host = '127.0.0.1'): Promise<string> {
    this.server = createServer((client) => {
      this.relay(client);
    });
    this.server.listen(0, host);
    await once(this.server, 'listening');
    const url = new URL(this.target);
    url.hostname = host;
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** Resets all connections. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Stops listening and cuts what is left. */
  async close(): Promise<void> {
    this.cut();
    if (!this.server) return;
    this.server.close();
    await once(this.server, 'close');
  }

  private relay(client: Socket): void {
    this.connections += 1;
    const server = connect(Number(this.target.port), this.target.hostname);
    client.on('data', (chunk) => {
      this.sentBytes += chunk.length;
    });
    client.pipe(server).pipe(client);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
