import { DcmError, errorCodes, type ErrorCode } from '@dcm/contracts';
import { defaultRetryRules, settleFailure } from './settlement.policy';

const kindAt = (error: unknown, attempt: number): string => settleFailure(error, attempt).kind;

describe('settleFailure', () => {
  const passing: ErrorCode[] = ['UNAVAILABLE', 'SITE_UNAVAILABLE', 'RATE_LIMITED'];
  const doubtful: ErrorCode[] = ['INTERNAL', 'HYPERVISOR_FAILED', 'DEADLINE_EXCEEDED'];
  const final = errorCodes.filter((code) => !passing.includes(code) && !doubtful.includes(code));

  it.each(passing)('retries %s without end', (code) => {
    expect(kindAt(new DcmError(code, 'x'), 1_000)).toBe('retry');
  });

  it.each(doubtful)('tries %s five times', (code) => {
    expect(kindAt(new DcmError(code, 'x'), 4)).toBe('retry');
    expect(settleFailure(new DcmError(code, 'x'), 5)).toEqual({ kind: 'dead', error: { code, message: 'x' } });
  });

  it.each(final)('ends %s at once', (code) => {
    expect(settleFailure(new DcmError(code, 'x'), 1)).toEqual({ kind: 'dead', error: { code, message: 'x' } });
  });

  it('tries a defect five times and tells none of its text', () => {
    expect(kindAt(new TypeError('secret'), 4)).toBe('retry');
    const end = settleFailure(new TypeError('secret'), 5);
    expect(end).toMatchObject({ kind: 'dead', error: { code: 'INTERNAL' } });
    expect(JSON.stringify(end)).not.toContain('secret');
  });

  it('waits longer each time, up to the limit, and at least as long as asked', () => {
    const delay = (error: Error, attempt: number): number => {
      const settlement = settleFailure(error, attempt);
      return settlement.kind === 'retry' ? settlement.delayMs : NaN;
    };
    const away = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
    expect(delay(away, 1)).toBeLessThanOrEqual(defaultRetryRules.firstDelayMs);
    expect(delay(away, 30)).toBeGreaterThanOrEqual(defaultRetryRules.maxDelayMs / 2);
    expect(delay(away, 10_000)).toBeLessThanOrEqual(defaultRetryRules.maxDelayMs);
    expect(delay(new DcmError('RATE_LIMITED', 'x', { retryAfterMs: 9_000 }), 1)).toBe(9_000);
    expect(delay(new DcmError('RATE_LIMITED', 'x', { retryAfterMs: 9_000_000 }), 1)).toBe(60_000);
  });
});
