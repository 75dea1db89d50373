import { Yielding } from './yielding.policy';

const options = { targetMs: 20, leastPerSecond: 50 };

/**
 * Accepts at a rate, each request in the same time, and asks for a portion every 100 ms, while many are held back.
 * @returns the rate that is handed on at the end.
 */
function run(yielding: Yielding, from: number, { tookMs, perSecond, seconds }: Record<string, number>): number {
  let rate = Infinity;
  for (let at = from; at < from + (seconds ?? 1) * 1000; at += 100) {
    for (let n = 0; n < (perSecond ?? 0) / 10; n += 1) yielding.note(tookMs ?? 0, at);
    const portion = yielding.portion(at + 100, 1_000);
    rate = (portion?.batch ?? Infinity) * 10;
  }
  return rate;
}

describe('yielding to the door', () => {
  it('holds nothing back while accepting is quick, however many come', () => {
    expect(run(new Yielding(options), 0, { tookMs: 5, perSecond: 1_000, seconds: 5 })).toBe(Infinity);
  });

  it('lets requests gather for a little while the machine is busy, and not any more when it is idle', () => {
    const yielding = new Yielding(options);
    run(yielding, 0, { tookMs: 6, perSecond: 100 });
    expect(yielding.portion(1_000, 0)).toBeUndefined();
    run(yielding, 1_000, { tookMs: 12, perSecond: 100 });
    expect(yielding.portion(2_000, 0)).toEqual({ batch: Infinity, restMs: 50 });
    yielding.note(6, 2_050);
    expect(yielding.portion(2_100, 1)).toBeUndefined();
  });

  it('hands on less and less while accepting is slow, but never less than the least', () => {
    const yielding = new Yielding(options);
    run(yielding, 0, { tookMs: 4, perSecond: 300, seconds: 1 });
    expect(run(yielding, 1_000, { tookMs: 60, perSecond: 300, seconds: 0.2 })).toBeLessThan(300);
    expect(run(yielding, 2_000, { tookMs: 60, perSecond: 300, seconds: 3 })).toBe(50);
  });

  it('holds nothing back again soon after the rush', () => {
    const yielding = new Yielding(options);
    run(yielding, 0, { tookMs: 4, perSecond: 300, seconds: 1 });
    run(yielding, 1_000, { tookMs: 60, perSecond: 300, seconds: 5 });
    expect(run(yielding, 6_000, { tookMs: 4, perSecond: 10, seconds: 0.5 })).toBeLessThan(200);
    expect(run(yielding, 6_500, { tookMs: 4, perSecond: 10, seconds: 2 })).toBe(Infinity);
  });

  it('holds nothing back any more when accepting is quick again and little was held back', () => {
    const yielding = new Yielding(options);
    run(yielding, 0, { tookMs: 4, perSecond: 100, seconds: 1 });
    expect(run(yielding, 1_000, { tookMs: 60, perSecond: 100, seconds: 0.1 })).toBe(50);
    yielding.note(60, 1_150);
    expect(yielding.portion(1_200, 10)).toMatchObject({ batch: 5 });
    yielding.note(4, 1_250);
    expect(yielding.portion(1_300, 26)).toMatchObject({ batch: 6 });
    yielding.note(4, 1_350);
    expect(yielding.portion(1_400, 25)).toBeUndefined();
  });

  it('lets the first request after a long silence pass at once', () => {
    const yielding = new Yielding(options);
    run(yielding, 0, { tookMs: 4, perSecond: 300, seconds: 1 });
    run(yielding, 1_000, { tookMs: 60, perSecond: 300, seconds: 5 });
    yielding.note(4, 60_000);
    expect(yielding.portion(60_000, 1)).toBeUndefined();
  });

  it('takes a slow disk for no full machine', () => {
    expect(run(new Yielding(options), 0, { tookMs: 45, perSecond: 20, seconds: 20 })).toBe(Infinity);
  });
});
