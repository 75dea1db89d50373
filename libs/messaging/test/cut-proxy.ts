import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** `connection.close` with CONNECTION_FORCED: what an operator's `close_all_connections` or a shutdown sends. */
function forcedClose(): Buffer {
  const text = Buffer.from('CONNECTION_FORCED by the test');
  const payload = Buffer.concat([
    Buffer.from([0, 10, 0, 50, 320 >> 8, 320 & 0xff, text.length]),
    text,
    Buffer.from([0, 0, 0, 0]),
  ]);
  const head = Buffer.alloc(7);
  head.writeUInt8(1, 0);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
}

/** Stands between a test and the broker, and takes the connection away on demand. */
export class CutProxy {
  private readonly clients = new Set<Socket>();
  private isRefusing = false;
  private bytes = 0;
  private limits: number[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('connection', (client) => {
      this.join(client);
    });
  }

  static async before(targetUrl: string): Promise<CutProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new CutProxy(server, new URL(targetUrl));
  }

  /** The target's URL by way of this proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.toString();
  }

  /** Breaks every connection without a word. */
  cut(): void {
    for (const client of this.clients) client.destroy();
  }

  /** Breaks every connection in the middle of what it sends: `times` times, each after so many bytes. */
  cutEvery(bytes: number, times: number): void {
    this.limits = Array.from({ length: times }, (_, n) => this.bytes + bytes * (n + 1));
  }

  /** How often `cutEvery` has still to cut. */
  get cutsLeft(): number {
    return this.limits.length;
  }

  /** Breaks every connection as the broker does when it is told to. */
  force(): void {
    for (const client of this.clients) client.write(forcedClose());
  }

  /** Lets nobody in until `admit`. */
  refuse(): void {
    this.isRefusing = true;
    this.cut();
  }

  admit(): void {
    this.isRefusing = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private count(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes < (this.limits[0] ?? Infinity)) return;
    this.limits.shift();
    this.cut();
  }

  private join(client: Socket): void {
    if (this.isRefusing) {
      client.destroy();
      return;
    }
    const broker = connect(Number(this.target.port === '' ? '5672' : this.target.port), this.target.hostname);
    this.clients.add(client);
    client.on('data', (chunk) => {
      this.count(chunk.length);
    });
    client.pipe(broker).pipe(client);
    const end = (): void => {
      this.clients.delete(client);
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) socket.on('error', end).on('close', end);
  }
}
