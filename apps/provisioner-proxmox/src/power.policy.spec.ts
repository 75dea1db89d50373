import { powerRequestSchema, type PowerAction } from '@dcm/contracts';
import { moveFor } from './power.policy';

const actions: PowerAction[] = [
  { action: 'ON' },
  { action: 'SUSPEND' },
  { action: 'RESUME' },
  ...(['SOFT', 'HARD', 'TRY_SOFT'] as const).flatMap((mode) => [
    { action: 'OFF' as const, mode },
    { action: 'RESTART' as const, mode },
  ]),
];

describe('a power action', () => {
  it.each([
    ['ON', 'on', 'stay'],
    ['ON', 'off', 'power-on'],
    ['ON', 'suspended', 'power-on'],
    ['SUSPEND', 'on', 'suspend'],
    ['SUSPEND', 'off', 'refuse'],
    ['SUSPEND', 'suspended', 'stay'],
    ['RESUME', 'on', 'stay'],
    ['RESUME', 'off', 'refuse'],
    ['RESUME', 'suspended', 'power-on'],
    ['OFF HARD', 'on', 'power-off'],
    ['OFF HARD', 'suspended', 'power-off'],
    ['OFF SOFT', 'on', 'shut-down'],
    ['OFF SOFT', 'suspended', 'refuse'],
    ['OFF TRY_SOFT', 'on', 'shut-down'],
    ['OFF TRY_SOFT', 'suspended', 'power-off'],
    ['OFF SOFT', 'off', 'stay'],
    ['RESTART HARD', 'on', 'restart'],
    ['RESTART HARD', 'off', 'refuse'],
    ['RESTART SOFT', 'suspended', 'refuse'],
  ] as const)('%s of a VM that is %s: %s', (text, power, move) => {
    const [action, mode] = text.split(' ');
    expect(moveFor(powerRequestSchema.parse({ action, ...(mode !== undefined && { mode }) }), power)).toBe(move);
  });

  it('never acts on a VM whose state is not known', () => {
    for (const action of actions) {
      expect(moveFor(action, 'unknown')).toBe('refuse');
      expect(moveFor(action, 'paused')).toBe('refuse');
    }
  });
});
