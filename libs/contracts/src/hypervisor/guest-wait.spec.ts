import { guestWaitOf } from './guest-wait';

describe('a power change', () => {
  it.each([
    [{ action: 'OFF', mode: 'SOFT' }, 'shut-down', 'guest'],
    [{ action: 'OFF', mode: 'TRY_SOFT' }, 'shut-down', 'guest'],
    [{ action: 'RESTART', mode: 'SOFT' }, 'restart', 'guest'],
    [{ action: 'RESTART', mode: 'HARD' }, 'restart', undefined],
    [{ action: 'OFF', mode: 'HARD' }, 'power-off', undefined],
    [{ action: 'OFF', mode: 'TRY_SOFT' }, 'power-off', undefined],
    [{ action: 'ON' }, 'power-on', undefined],
  ] as const)('%j by %s waits for %s', (action, move, whom) => {
    expect(guestWaitOf(action, move)).toBe(whom);
  });
});
