import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The open connections of a server. Node's own `closeIdleConnections` takes one that never sent a request for a busy one, and clients open such
 * connections ahead of need: a server that waits for them waits for nothing.
 */
export class Connections {
  private readonly open = new Set<Socket>();

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.open.add(socket);
      socket.once('close', () => this.open.delete(socket));
    });
  }

  closeUnused(): void {
    for (const socket of this.open) if (socket.bytesRead === 0) socket.destroy();
    this.server.closeIdleConnections();
  }

  closeAll(): void {
    this.server.closeAllConnections();
    for (const socket of this.open) socket.destroy();
  }
}
