import type { PowerAction } from '../domain/vm';

/** Whom a power change waits for: the guest, where it is asked to go down or to restart and nobody pulls the plug. */
export const guestWaitOf = (action: PowerAction, move: string): 'guest' | undefined =>
  'mode' in action && action.mode !== 'HARD' && (move === 'shut-down' || move === 'restart') ? 'guest' : undefined;
