import { backOffMs } from '../notifications/back-off.policy';
import type { Attempt, DeliveryEnd, DueDelivery } from './delivery';

/** With 5 seconds at first, doubled up to 4 hours, the last attempt comes about 25 hours after the first. */
export const maxAttempts = 18;

const hourMs = 3_600_000;
const longestWaitMs = 4 * hourMs;
/** An endpoint that is down is looked at this often, whatever waits for it. */
const longestRestMs = hourMs / 12;
const longestAskedMs = 24 * hourMs;
const gone = 410;

/**
 * Reads `Retry-After`: seconds or a date. What is neither, or past, asks for nothing; more than a day is taken for a day.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfterMs(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), longestAskedMs);
}

export interface RetryRule {
  readonly firstMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** 0 to 1: spreads what failed together over a fifth of its time. */
  readonly random: number;
}

export const isTaken = ({ status }: Attempt): boolean => status !== undefined && status >= 200 && status < 300;

/** What follows from an attempt; the first one is number 1. */
export function endOf(
  { attempts, failures }: Pick<DueDelivery, 'attempts' | 'failures'>,
  attempt: Attempt,
  { firstMs, now, random }: RetryRule,
): DeliveryEnd {
  if (isTaken(attempt)) return { state: 'delivered', waitMs: 0, restMs: 0, isGone: false };
  const isGone = attempt.status === gone;
  const askedMs = retryAfterMs(attempt.retryAfter, now);
  const spread = (ms: number): number => Math.max(askedMs, Math.round(ms * (0.9 + random / 5)));
  return {
    state: isGone || attempts >= maxAttempts ? 'failed' : 'pending',
    waitMs: spread(backOffMs(attempts, firstMs, longestWaitMs)),
    restMs: spread(backOffMs(failures + 1, firstMs, longestRestMs)),
    isGone,
  };
}
