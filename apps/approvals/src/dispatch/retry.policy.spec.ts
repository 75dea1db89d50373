import { hypervisorReasons, reasonTable } from '@dcm/contracts';
import { anError, inMs, now, timing } from '../../test/scene.builder';
import { decideRetry, pauseMsOf, type RetryFacts } from './retry.policy';

const facts = (fields: Partial<RetryFacts> = {}): RetryFacts => ({
  now,
  deadline: inMs(3_600_000),
  failures: 0,
  attempt: 1,
  pauses: 0,
  pausedUntil: null,
  ...fields,
});

describe('retry policy', () => {
  it('tries again after a delay that doubles with each failure, up to a minute', () => {
    const delays = [0, 1, 2, 3].map((failures) =>
      decideRetry(anError('CONCURRENT_CHANGE'), facts({ failures }), timing),
    );
    expect(delays).toEqual(
      [2_000, 4_000, 8_000, 16_000].map((ms) => ({ kind: 'retry', at: inMs(ms), isCounted: true, pauseMs: null })),
    );
    const patient = { ...timing, maxAttempts: 100 };
    expect(decideRetry(anError('CONCURRENT_CHANGE'), facts({ failures: 50 }), patient)).toMatchObject({
      at: inMs(60_000),
    });
  });

  it('is never sooner than the platform asked for', () => {
    const error = anError('PLATFORM_ERROR', 'NONE', { retryAfterMs: 30_000 });
    expect(decideRetry(error, facts(), timing)).toMatchObject({ at: inMs(30_000) });
  });

  it('ends after as many counted failures as there are attempts', () => {
    expect(decideRetry(anError('CONCURRENT_CHANGE'), facts({ failures: 3 }), timing).kind).toBe('retry');
    expect(decideRetry(anError('CONCURRENT_CHANGE'), facts({ failures: 4 }), timing).kind).toBe('fail');
  });

  it('ends when the next try would come after the deadline', () => {
    expect(decideRetry(anError('CONCURRENT_CHANGE'), facts({ deadline: inMs(2_000) }), timing).kind).toBe('fail');
    expect(decideRetry(anError('CONCURRENT_CHANGE'), facts({ deadline: inMs(2_001) }), timing).kind).toBe('retry');
  });

  it('counts nothing that is not the attempt’s fault', () => {
    expect(decideRetry(anError('STILL_CREATING'), facts({ failures: 4, attempt: 3 }), timing)).toEqual({
      kind: 'retry',
      at: inMs(8_000),
      isCounted: false,
      pauseMs: null,
    });
  });

  it('pauses the site longer each time it does not answer: 5 s to 60 s', () => {
    expect([0, 1, 2, 3, 4, 50].map(pauseMsOf)).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    expect(decideRetry(anError('SITE_UNREACHABLE', 'UNKNOWN'), facts({ failures: 4, pauses: 1 }), timing)).toEqual({
      kind: 'retry',
      at: inMs(10_000),
      isCounted: false,
      pauseMs: 10_000,
    });
  });

  it('pauses a site once for one outage, however many operations fail of it', () => {
    const resting = facts({ pauses: 1, pausedUntil: inMs(4_000) });
    expect(decideRetry(anError('SITE_UNREACHABLE'), resting, timing)).toEqual({
      kind: 'retry',
      at: inMs(4_000),
      isCounted: false,
      pauseMs: null,
    });
  });

  it('pauses again when the operation that tried the site out found it still away', () => {
    const tried = facts({ pauses: 1, pausedUntil: inMs(-10) });
    expect(decideRetry(anError('SITE_UNREACHABLE'), tried, timing)).toMatchObject({ pauseMs: 10_000 });
  });

  it('pauses the site and fails where the reason says both', () => {
    expect(decideRetry(anError('LICENSE_RESTRICTED'), facts(), timing)).toEqual({ kind: 'fail', pauseMs: 5_000 });
  });

  it.each(hypervisorReasons)('decides on %s as the table of reasons says', (reason) => {
    const row = reasonTable[reason];
    const decision = decideRetry(anError(reason), facts(), timing);
    expect(decision.kind).toBe(row.retryable ? 'retry' : 'fail');
    expect(decision.pauseMs !== null).toBe(row.pausesSite);
    if (decision.kind === 'retry') expect(decision.isCounted).toBe(row.countsAsAttempt);
  });
});
