import { Placements } from './placements';

describe('what was placed a moment ago', () => {
  it('counts for its node until the node shows it', () => {
    let now = 0;
    const placements = new Placements(() => now);
    placements.add('pve1', 100);
    now = 10_000;
    placements.add('pve1', 50);
    placements.add('pve2', 7);
    expect([placements.pendingMib('pve1'), placements.pendingMib('pve2'), placements.pendingMib('pve3')]).toEqual([
      150, 7, 0,
    ]);
    now = 20_001;
    expect(placements.pendingMib('pve1')).toBe(50);
    now = 40_000;
    expect(placements.pendingMib('pve1')).toBe(0);
  });
});
