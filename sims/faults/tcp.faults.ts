import type { Pace } from './http.faults';
import type { NamedFault } from './rules';

/** Towards the server, or back from it. */
export type Direction = 'request' | 'answer';

/** What goes wrong with connections that are made from now on; `cut` counts the bytes of those that are open too. */
export type TcpFault = NamedFault &
  (
    | { readonly kind: 'drop' }
    | { readonly kind: 'mute' }
    | { readonly kind: 'delay'; readonly ms: number }
    | { readonly kind: 'slow'; readonly pace: Pace }
    | { readonly kind: 'cut'; readonly afterBytes: number; readonly of: Direction }
  );

/** The connection is accepted and broken at once. */
export const dropConnection = (): TcpFault => ({ kind: 'drop', name: 'drop' });

/** The connection is accepted, and nobody ever answers: half-open. */
export const mute = (): TcpFault => ({ kind: 'mute', name: 'mute' });

/** The server is connected later. */
export const delayConnection = (ms: number): TcpFault => ({ kind: 'delay', name: `delay ${ms} ms`, ms });

/** The server's bytes trickle. */
export const slowConnection = (pace: Pace): TcpFault => ({
  kind: 'slow',
  name: `slow, ${pace.bytes} bytes every ${pace.everyMs} ms`,
  pace,
});

/** The connection breaks that carries the byte with which all together have carried so many, each time anew. */
export const cutConnection = (afterBytes: number, of: Direction = 'answer'): TcpFault => ({
  kind: 'cut',
  name: `cut after ${afterBytes} bytes of ${of}`,
  afterBytes,
  of,
});
