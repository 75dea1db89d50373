import type { PowerAction } from '@dcm/contracts';
import { moveFor, type PowerMove } from './power.policy';

const STATES = ['on', 'off', 'suspended', 'paused'] as const;

describe('what an action does in each state', () => {
  it.each<[PowerAction, PowerMove[]]>([
    [{ action: 'ON' }, ['stay', 'start', 'start', 'resume']],
    [{ action: 'SUSPEND' }, ['save', 'refuse', 'stay', 'save']],
    [{ action: 'RESUME' }, ['stay', 'refuse', 'start', 'resume']],
    [{ action: 'OFF', mode: 'HARD' }, ['turn-off', 'stay', 'discard', 'turn-off']],
    [{ action: 'OFF', mode: 'SOFT' }, ['shut-down', 'stay', 'refuse', 'refuse']],
    [{ action: 'OFF', mode: 'TRY_SOFT' }, ['shut-down', 'stay', 'discard', 'turn-off']],
    [{ action: 'RESTART', mode: 'HARD' }, ['restart', 'refuse', 'refuse', 'refuse']],
  ])('%j', (action, moves) => {
    expect(STATES.map((state) => moveFor(action, state))).toEqual(moves);
    expect(moveFor(action, 'unknown')).toBe('refuse');
  });
});
