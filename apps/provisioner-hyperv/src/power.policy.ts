import type { PowerAction, PowerState } from '@dcm/contracts';

/** What to do; `stay` is success already, `refuse` is INVALID_POWER_STATE. */
export type PowerMove =
  'stay' | 'refuse' | 'start' | 'resume' | 'turn-off' | 'discard' | 'save' | 'shut-down' | 'restart';

/** What one power job does. */
export type PlainMove = Exclude<PowerMove, 'stay' | 'refuse' | 'shut-down' | 'restart'>;

type Row = Readonly<Record<'on' | 'off' | 'suspended' | 'paused', PowerMove>>;

const MOVES: Readonly<Record<Exclude<PowerAction['action'], 'OFF'>, Row>> = {
  ON: { on: 'stay', off: 'start', suspended: 'start', paused: 'resume' },
  SUSPEND: { on: 'save', off: 'refuse', suspended: 'stay', paused: 'save' },
  RESUME: { on: 'stay', off: 'refuse', suspended: 'start', paused: 'resume' },
  RESTART: { on: 'restart', off: 'refuse', suspended: 'refuse', paused: 'refuse' },
};

/** A guest that sleeps cannot be asked. */
const OFF_MOVES: Readonly<Record<'SOFT' | 'HARD' | 'TRY_SOFT', Row>> = {
  HARD: { on: 'turn-off', off: 'stay', suspended: 'discard', paused: 'turn-off' },
  SOFT: { on: 'shut-down', off: 'stay', suspended: 'refuse', paused: 'refuse' },
  TRY_SOFT: { on: 'shut-down', off: 'stay', suspended: 'discard', paused: 'turn-off' },
};

/** Decides by the state. Of a VM whose host VMM does not reach, the state is not known: nothing is done. */
export function moveFor(action: PowerAction, power: PowerState): PowerMove {
  if (power === 'unknown') return 'refuse';
  return action.action === 'OFF' ? OFF_MOVES[action.mode][power] : MOVES[action.action][power];
}
