import { endOf, maxAttempts, retryAfterMs } from './outcome.policy';

const now = Date.parse('2026-01-02T03:04:05Z');
const once = { attempts: 1, failures: 0 };
const rule = { firstMs: 5_000, now, random: 0.5 };

describe('what follows from an attempt', () => {
  it.each([200, 201, 204, 299])('is the end for %d', (status) => {
    expect(endOf(once, { status, durationMs: 1 }, rule)).toMatchObject({ state: 'delivered', isGone: false });
  });

  it.each([100, 300, 302, 308, 400, 401, 404, 429, 500, 503, undefined])('is another attempt for %p', (status) => {
    const attempt = status === undefined ? { error: 'ECONNREFUSED', durationMs: 1 } : { status, durationMs: 1 };
    expect(endOf(once, attempt, rule)).toEqual({ state: 'pending', waitMs: 5_000, restMs: 5_000, isGone: false });
  });

  it('is the end of the webhook for 410', () => {
    expect(endOf(once, { status: 410, durationMs: 1 }, rule)).toMatchObject({ state: 'failed', isGone: true });
  });

  it('is tried for about a day, ever rarer, and then given up', () => {
    const failed = { status: 500, durationMs: 1 };
    const waits = Array.from(
      { length: maxAttempts - 1 },
      (_, at) => endOf({ attempts: at + 1, failures: 0 }, failed, rule).waitMs,
    );
    const hours = waits.reduce((sum, wait) => sum + wait, 0) / 3_600_000;
    expect([hours > 24, hours < 28, Math.max(...waits)]).toEqual([true, true, 4 * 3_600_000]);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(endOf({ attempts: maxAttempts, failures: 0 }, failed, rule).state).toBe('failed');
  });

  it('is spread over a fifth of the wait', () => {
    const of = (random: number): number =>
      endOf({ attempts: 3, failures: 0 }, { status: 500, durationMs: 1 }, { ...rule, random }).waitMs;
    expect([of(0), of(1)]).toEqual([18_000, 22_000]);
  });

  it('waits for as long as Retry-After asks, for the whole endpoint, but never shorter than otherwise', () => {
    const of = (retryAfter: string) => endOf(once, { status: 429, retryAfter, durationMs: 1 }, rule);
    expect(of('120')).toMatchObject({ waitMs: 120_000, restMs: 120_000 });
    expect(of('1')).toMatchObject({ waitMs: 5_000, restMs: 5_000 });
  });

  it('leaves an endpoint alone ever longer, five minutes at most, whichever event it did not take', () => {
    const of = (failures: number): number =>
      endOf({ attempts: 1, failures }, { status: 500, durationMs: 1 }, rule).restMs;
    expect([0, 1, 2, 6, 100].map(of)).toEqual([5_000, 10_000, 20_000, 300_000, 300_000]);
  });

  it.each([
    [undefined, 0],
    ['7', 7_000],
    [' 7 ', 7_000],
    ['Fri, 02 Jan 2026 03:05:05 GMT', 60_000],
    ['Fri, 02 Jan 2026 03:00:00 GMT', 0],
    ['soon', 0],
    ['-5', 0],
    ['99999999999999', 86_400_000],
  ])('reads Retry-After %p as %d ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});
