import type { Server } from 'node:http';
import { Server as Listener, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** So long the listener waits for a moment in which nobody connects. */
const maxBusyMs = 1_000;

/**
 * The open connections of a server. Node's own `closeIdleConnections` takes one that never sent a request for a busy one, and clients open such
 * connections ahead of need: a server that waits for them waits for nothing.
 */
export class Connections {
  private readonly open = new Set<Socket>();
  private accepted = 0;

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.accepted += 1;
      this.open.add(socket);
      socket.once('close', () => this.open.delete(socket));
    });
  }

  /**
   * Takes no further connection. Those that are open stay, idle ones too: a request may be on its way in, which `http.Server.close` would cut off.
   * The kernel resets who has connected and was not accepted, so the listener closes behind a turn of the event loop that found nobody waiting.
   * @returns what resolves when the last connection has ended.
   */
  async stopListening(): Promise<{ ended: Promise<void> }> {
    const until = performance.now() + maxBusyMs;
    for (let before = -1; before !== this.accepted && performance.now() < until;) {
      before = this.accepted;
      await turn();
    }
    const ended = new Promise<void>((resolve) => {
      Listener.prototype.close.call(this.server, () => {
        resolve();
      });
    });
    return { ended };
  }

  /** Behind a look at what has arrived, so that a request that waits to be read is read first. */
  async closeUnused(): Promise<void> {
    await turn();
    for (const socket of this.open) if (socket.bytesRead === 0) socket.destroy();
    this.server.closeIdleConnections();
  }

  closeAll(): void {
    this.server.closeAllConnections();
    for (const socket of this.open) socket.destroy();
  }
}
