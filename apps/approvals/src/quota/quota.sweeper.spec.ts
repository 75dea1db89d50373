import { tellInMs } from './quota.sweeper';

describe('changed usage', () => {
  it('is told within half a second, and of many tenants no more than every three seconds', () => {
    expect(tellInMs(Infinity, 0)).toBe(500);
    expect(tellInMs(0, 1)).toBe(500);
    expect(tellInMs(0, 50)).toBe(3_000);
    expect(tellInMs(500, 50)).toBe(2_500);
    expect(tellInMs(2_800, 50)).toBe(500);
  });
});
