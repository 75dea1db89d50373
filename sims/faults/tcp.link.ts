import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pace } from './http.faults';
import type { Direction } from './tcp.faults';

/** Asked for every piece that is to pass: after how many of its bytes the connection breaks, if it does. */
export type Gate = (direction: Direction, bytes: number) => number | undefined;

/** One client's connection through the proxy. */
export class TcpLink {
  /** Nothing passes any more, and no end is told. */
  isFrozen = false;
  /** How fast the server's bytes pass; undefined: at once. */
  pace: Pace | undefined;
  private server: Socket | undefined;

  constructor(readonly client: Socket) {
    client.on('error', () => client.destroy());
    client.once('close', () => this.server?.destroy());
  }

  connect(target: { port: number; host: string }, gate: Gate): void {
    if (this.client.destroyed) return;
    const server = connect(target);
    this.server = server;
    const lose = (error?: NodeJS.ErrnoException): void => {
      if (!this.isFrozen) this.break(error?.code === 'ECONNRESET' ? 'reset' : 'close');
    };
    server.on('error', lose);
    server.once('close', () => {
      lose();
    });
    for (const [from, to, direction] of [
      [this.client, server, 'request'],
      [server, this.client, 'answer'],
    ] as const) {
      this.pump(from, to, (bytes) => gate(direction, bytes)).catch(lose);
    }
  }

  break(how: 'close' | 'reset'): void {
    if (how === 'reset') this.client.resetAndDestroy();
    else this.client.destroy();
    this.server?.destroy();
  }

  private async pump(from: Socket, to: Socket, gate: (bytes: number) => number | undefined): Promise<void> {
    for await (const piece of from as AsyncIterable<Buffer>) {
      if (this.isFrozen) continue;
      const passes = gate(piece.length);
      await this.write(to, passes === undefined ? piece : piece.subarray(0, passes));
      if (passes === undefined) continue;
      this.break('close');
      return;
    }
    if (!this.isFrozen) to.end();
  }

  private async write(to: Socket, piece: Buffer): Promise<void> {
    const pace = to === this.client ? this.pace : undefined;
    const step = pace?.bytes ?? piece.length;
    for (let at = 0; at < piece.length; at += step) {
      if (to.destroyed) return;
      if (!to.write(piece.subarray(at, at + step))) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      if (pace !== undefined) await sleep(pace.everyMs);
    }
  }
}
