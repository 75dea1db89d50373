import { tellInMs } from './quota.sweeper';

describe('changed usage', () => {
  it('is told half a second after a quiet time, and no more than every three seconds under load', () => {
    expect(tellInMs(Infinity)).toBe(500);
    expect(tellInMs(2_800)).toBe(500);
    expect(tellInMs(500)).toBe(2_500);
    expect(tellInMs(0)).toBe(3_000);
  });
});
