import { Yielding } from './yielding.policy';

const options = { targetMs: 20, leastPerSecond: 50 };

/** Accepts at a rate, each request in the same time, and asks for a portion every 100 ms. @returns the rate that is handed on at the end. */
function run(yielding: Yielding, from: number, { tookMs, perSecond, seconds }: Record<string, number>): number {
  let rate = Infinity;
  for (let at = from; at < from + (seconds ?? 1) * 1000; at += 100) {
    for (let n = 0; n < (perSecond ?? 0) / 10; n += 1) yielding.note(tookMs ?? 0, at);
    const portion = yielding.portion(at + 100);
    rate = portion === undefined ? Infinity : portion.batch * 10;
  }
  return rate;
}

describe('yielding to the door', () => {
  it('holds nothing back while accepting is quick, however many come', () => {
    expect(run(new Yielding(options), 0, { tookMs: 5, perSecond: 1_000, seconds: 5 })).toBe(Infinity);
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

  it('lets the first request after a long silence pass at once', () => {
    const yielding = new Yielding(options);
    run(yielding, 0, { tookMs: 4, perSecond: 300, seconds: 1 });
    run(yielding, 1_000, { tookMs: 60, perSecond: 300, seconds: 5 });
    yielding.note(4, 60_000);
    expect(yielding.portion(60_000)).toBeUndefined();
  });

  it('takes a slow disk for no full machine', () => {
    expect(run(new Yielding(options), 0, { tookMs: 45, perSecond: 20, seconds: 20 })).toBe(Infinity);
  });
});
