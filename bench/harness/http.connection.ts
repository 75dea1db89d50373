import { connect, type Socket } from 'node:net';

/** What is sent over and over; `{n}` in the body becomes the number of the request. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly expected: number;
}

const endOfHead = Buffer.from('\r\n\r\n');

/**
 * One kept HTTP/1.1 connection with one request at a time. It reads no more of an answer than its status and length, so that the load costs
 * a small part of what is measured; answers must say their length.
 */
export class HttpConnection {
  private buffer: Buffer = Buffer.alloc(0);
  private waiting: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly target: Target,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.buffer = this.buffer.length === 0 ? chunk : Buffer.concat([this.buffer, chunk]);
      this.read();
    });
    const fail = (error?: Error): void => {
      this.waiting?.reject(error ?? new Error('the connection was closed'));
      this.waiting = undefined;
    };
    socket.on('error', fail);
    socket.on('close', () => {
      fail();
    });
  }

  static open(target: Target): Promise<HttpConnection> {
    const { hostname, port } = new URL(target.url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => {
        socket.off('error', reject);
        resolve(new HttpConnection(socket, target));
      });
      socket.once('error', reject);
    });
  }

  /** Resolves with the status once the whole answer was read. */
  post(n: number): Promise<number> {
    const { url, headers, body } = this.target;
    const { host, pathname } = new URL(url);
    const text = body.replace('{n}', String(n));
    const lines = Object.entries({ host, 'content-type': 'application/json', ...headers }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    const head = `POST ${pathname} HTTP/1.1\r\n${lines.join('')}content-length: ${Buffer.byteLength(text)}\r\n\r\n`;
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(head + text);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private read(): void {
    const end = this.buffer.indexOf(endOfHead);
    if (end < 0) return;
    const head = this.buffer.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    const total = end + endOfHead.length + length;
    if (this.buffer.length < total) return;
    this.buffer = this.buffer.subarray(total);
    const { waiting } = this;
    this.waiting = undefined;
    if (Number.isNaN(length)) waiting?.reject(new Error('an answer without a length'));
    else waiting?.resolve(Number(head.slice(9, 12)));
  }
}
