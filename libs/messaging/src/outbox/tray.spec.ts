import { Tray } from './tray';

describe('Tray', () => {
  const tray = (): Tray<number> => new Tray<number>({ size: 4, staleMs: 100 });

  it('gives items in order, in portions', () => {
    const made = tray();
    expect([made.put([1, 2, 3], 0), made.put([4], 5)]).toEqual([true, true]);
    expect([made.take(2), made.isEmpty]).toEqual([[1, 2], false]);
    expect([made.clear(), made.isEmpty]).toEqual([[3, 4], true]);
    expect(made.take(5)).toEqual([]);
  });

  it('tells when the oldest lay too long', () => {
    const made = tray();
    expect(made.isStale(1_000)).toBe(false);
    made.put([1], 0);
    made.put([2], 50);
    expect([made.isStale(99), made.isStale(100)]).toEqual([false, true]);
    made.take(1);
    expect([made.isStale(149), made.isStale(150)]).toEqual([false, true]);
  });

  it('keeps all or none, and no more than its size', () => {
    const made = tray();
    expect([made.put([1, 2, 3], 0), made.put([4, 5], 0), made.put([6], 0)]).toEqual([true, false, true]);
    expect(made.clear()).toEqual([1, 2, 3, 6]);
  });
});
