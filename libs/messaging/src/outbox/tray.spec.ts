import { Tray } from './tray';

describe('Tray', () => {
  it('gives items in order, in portions', () => {
    const tray = new Tray<number>({ size: 10, staleMs: 100 });
    tray.put([1, 2, 3], 0);
    tray.put([4], 5);
    expect(tray.take(2, 6)).toEqual([1, 2]);
    expect(tray.isEmpty).toBe(false);
    expect(tray.take(5, 7)).toEqual([3, 4]);
    expect(tray.isEmpty).toBe(true);
    expect(tray.take(5, 8)).toEqual([]);
  });

  it('gives nothing that lay too long, and forgets it', () => {
    const tray = new Tray<number>({ size: 10, staleMs: 100 });
    tray.put([1, 2], 0);
    tray.put([3], 50);
    expect(tray.take(5, 100)).toEqual([3]);
    tray.put([4], 100);
    expect(tray.take(0, 250)).toEqual([]);
    expect(tray.isEmpty).toBe(true);
  });

  it('keeps no more than its size', () => {
    const tray = new Tray<number>({ size: 3, staleMs: 100 });
    tray.put([1, 2], 0);
    tray.put([3, 4], 0);
    expect(tray.take(9, 1)).toEqual([1, 2, 3]);
  });
});
