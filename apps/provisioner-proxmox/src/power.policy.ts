import type { PowerAction, PowerState } from '@dcm/contracts';

/** What to do; `stay` is success already, `refuse` is INVALID_POWER_STATE. */
export type PowerMove = 'stay' | 'refuse' | 'power-on' | 'power-off' | 'suspend' | 'shut-down' | 'restart';

type Row = Readonly<Record<'on' | 'off' | 'suspended', PowerMove>>;

const MOVES: Readonly<Record<Exclude<PowerAction['action'], 'OFF'>, Row>> = {
  ON: { on: 'stay', off: 'power-on', suspended: 'power-on' },
  SUSPEND: { on: 'suspend', off: 'refuse', suspended: 'stay' },
  RESUME: { on: 'stay', off: 'refuse', suspended: 'power-on' },
  RESTART: { on: 'restart', off: 'refuse', suspended: 'refuse' },
};

/** A guest that sleeps cannot be asked. */
const OFF_MOVES: Readonly<Record<'SOFT' | 'HARD' | 'TRY_SOFT', Row>> = {
  HARD: { on: 'power-off', off: 'stay', suspended: 'power-off' },
  SOFT: { on: 'shut-down', off: 'stay', suspended: 'refuse' },
  TRY_SOFT: { on: 'shut-down', off: 'stay', suspended: 'power-off' },
};

/** Decides by the state. Of a VM whose node is not reached, the state is not known: nothing is done. */
export function moveFor(action: PowerAction, power: PowerState): PowerMove {
  if (power === 'unknown' || power === 'paused') return 'refuse';
  return action.action === 'OFF' ? OFF_MOVES[action.mode][power] : MOVES[action.action][power];
}
