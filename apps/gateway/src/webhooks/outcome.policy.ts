import { backOffMs } from '../notifications/back-off.policy';
import type { Attempt, DeliveryEnd } from './delivery';

/** With 5 seconds at first, doubled up to 4 hours, the last attempt comes about 25 hours after the first. */
export const maxAttempts = 18;

const longestMs = 4 * 3_600_000;
const longestRestMs = 24 * 3_600_000;
const gone = 410;

/**
 * Reads `Retry-After`: seconds or a date. What is neither, or past, asks for nothing; more than a day is taken for a day.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfterMs(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), longestRestMs);
}

export interface RetryRule {
  readonly firstMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** 0 to 1: spreads what failed together over a fifth of its time. */
  readonly random: number;
}

export const isTaken = ({ status }: Attempt): boolean => status !== undefined && status >= 200 && status < 300;

/** What follows from an attempt, 1 being the first. */
export function endOf(attempts: number, attempt: Attempt, { firstMs, now, random }: RetryRule): DeliveryEnd {
  const isGone = attempt.status === gone;
  const nothing = { waitMs: 0, restMs: 0, isGone };
  if (isTaken(attempt)) return { state: 'delivered', ...nothing };
  if (isGone || attempts >= maxAttempts) return { state: 'failed', ...nothing };
  const restMs = retryAfterMs(attempt.retryAfter, now);
  const waitMs = Math.round(backOffMs(attempts, firstMs, longestMs) * (0.9 + random / 5));
  return { state: 'pending', waitMs: Math.max(waitMs, restMs), restMs, isGone };
}
