import { Agent, type ClientRequestArgs } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The connection was gone before a byte of the request was written. */
export class SocketGoneError extends Error {
  override readonly name = 'SocketGoneError';
}

/** Sends requests over one connection and never opens another: what was agreed on it holds for it only. */
export class OneSocketAgent extends Agent {
  private isTaken = false;

  constructor(private readonly socket: Socket) {
    super({ keepAlive: true, maxSockets: 1 });
  }

  /** Node's agent asks here when it has no idle connection: the first time, and after the one has ended. */
  override createConnection(
    _options: ClientRequestArgs,
    done?: (error: Error | null, socket: Duplex) => void,
  ): Socket | undefined {
    if (!this.isTaken && isOpen(this.socket)) {
      this.isTaken = true;
      return this.socket;
    }
    done?.(new SocketGoneError('The connection has ended'), this.socket);
    return undefined;
  }

  override destroy(): void {
    super.destroy();
    this.socket.destroy();
  }
}

/** Whether a request can still be written and answered. */
export function isOpen(socket: Socket): boolean {
  return !socket.destroyed && socket.writable && !socket.readableEnded;
}
