import type { Duplex } from 'node:stream';
import { gatherTurn } from '@dcm/runtime';

/** Makes amqplib send in one write what it says in one turn: it writes each frame by itself. */
export function gatherWrites(stream: Duplex): void {
  const write = stream.write.bind(stream) as (...args: readonly unknown[]) => boolean;
  const gathered = (...args: readonly unknown[]): boolean => {
    gatherTurn(stream);
    return write(...args);
  };
  stream.write = gathered;
}
