import { reasonTable, type HypervisorErrorBody } from '@dcm/contracts';
import { after, type Timing } from '../operations/timing';

const firstPauseMs = 5_000;
const longestPauseMs = 60_000;
const longestRetryMs = 60_000;

/** What the retry of an attempt depends on. */
export interface RetryFacts {
  readonly now: Date;
  readonly deadline: Date;
  /** Attempts that counted as failed before this one. */
  readonly failures: number;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /** How often in a row the site was paused, and until when it is. */
  readonly pauses: number;
  readonly pausedUntil: Date | null;
}

/** `pauseMs` is set when the whole site has to rest; a retry after that is not counted. */
export type RetryDecision =
  | { readonly kind: 'retry'; readonly at: Date; readonly isCounted: boolean; readonly pauseMs: number | null }
  | { readonly kind: 'fail'; readonly pauseMs: number | null };

/** 5 s, doubled with every pause in a row, at most 60 s. */
export const pauseMsOf = (pauses: number): number => Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(pauses, 10));

/** Exponential from the base, at most 60 s, and never sooner than the platform asked for. */
const delayMsOf = (times: number, error: HypervisorErrorBody, timing: Pick<Timing, 'retryBaseMs'>): number =>
  Math.max(error.retryAfterMs ?? 0, Math.min(longestRetryMs, timing.retryBaseMs * 2 ** Math.min(times, 10)));

const isResting = ({ now, pausedUntil }: RetryFacts): boolean => pausedUntil !== null && pausedUntil > now;

/** Several operations fail of the same outage: only the first of them pauses the site. */
const newPauseMs = (error: HypervisorErrorBody, facts: RetryFacts): number | null =>
  reasonTable[error.reason].pausesSite && !isResting(facts) ? pauseMsOf(facts.pauses) : null;

/** Decides after a failed attempt. The reason's row in the contracts says whether it pauses the site; the error, whether it may be retried and counts. */
export function decideRetry(
  error: HypervisorErrorBody,
  facts: RetryFacts,
  timing: Pick<Timing, 'maxAttempts' | 'retryBaseMs'>,
): RetryDecision {
  const pauseMs = newPauseMs(error, facts);
  const pausesSite = reasonTable[error.reason].pausesSite;
  const isCounted = error.countsAsAttempt && !pausesSite;
  if (!error.retryable || (isCounted && facts.failures + 1 >= timing.maxAttempts)) return { kind: 'fail', pauseMs };
  const at = retryAt(error, facts, pauseMs, timing);
  return at < facts.deadline ? { kind: 'retry', at, isCounted, pauseMs } : { kind: 'fail', pauseMs };
}

function retryAt(
  error: HypervisorErrorBody,
  facts: RetryFacts,
  pauseMs: number | null,
  timing: Pick<Timing, 'retryBaseMs'>,
): Date {
  if (pauseMs !== null) return after(facts.now, pauseMs);
  if (reasonTable[error.reason].pausesSite && facts.pausedUntil !== null) return facts.pausedUntil;
  const times = error.countsAsAttempt ? facts.failures : facts.attempt - 1;
  return after(facts.now, delayMsOf(times, error, timing));
}
