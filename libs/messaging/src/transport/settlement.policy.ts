import { DcmError, type DcmErrorBody, type ErrorCode } from '@dcm/contracts';
import { backOffMs } from '../back-off';
import { errorBodyOf } from '../dead-letter';
import { isInfrastructureError } from '../infrastructure.errors';

export interface RetryRules {
  /** How often a message is tried whose handler fails for a reason that is none of the known ones. */
  readonly maxDefectAttempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export const defaultRetryRules: RetryRules = { maxDefectAttempts: 5, firstDelayMs: 100, maxDelayMs: 5_000 };

/** What to do with a message whose handler failed. */
export type Settlement =
  { readonly kind: 'retry'; readonly delayMs: number } | { readonly kind: 'dead'; readonly error: DcmErrorBody };

/** Codes that may be a defect or a mood of the world: a few attempts, then the end. */
const doubtfulCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INTERNAL',
  'HYPERVISOR_FAILED',
  'DEADLINE_EXCEEDED',
]);

/**
 * Decides after a failure. What passes by itself is retried for ever, what can never succeed dies at once, a defect gets a few attempts.
 * @param attempt how often it was tried, counting from 1.
 */
export function settleFailure(error: unknown, attempt: number, rules: RetryRules = defaultRetryRules): Settlement {
  const isPassing = isInfrastructureError(error);
  if (!isPassing && error instanceof DcmError && !doubtfulCodes.has(error.code))
    return { kind: 'dead', error: error.toBody() };
  if (!isPassing && attempt >= rules.maxDefectAttempts) return { kind: 'dead', error: errorBodyOf(error) };
  const delayMs = backOffMs(attempt, { firstMs: rules.firstDelayMs, maxMs: rules.maxDelayMs });
  const asked = error instanceof DcmError ? (error.retryAfterMs ?? 0) : 0;
  return { kind: 'retry', delayMs: Math.max(delayMs, Math.min(asked, 60_000)) };
}
