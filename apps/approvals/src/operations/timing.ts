import type { ApprovalsConfig } from '../approvals.config';

/** Injection token of `Timing`. */
export const TIMING = Symbol('TIMING');

/** Every duration that the life of an operation depends on, in milliseconds. */
export interface Timing {
  readonly leaseMs: number;
  /** The longest single hypervisor call: so long after its lease a worker that fell silent may still have an effect. */
  readonly callTimeoutMs: number;
  readonly planTimeoutMs: number;
  /** A plan that is older is asked for again before a VM is made by it. */
  readonly planFreshMs: number;
  readonly deadlineMs: number;
  readonly dispatchTimeoutMs: number;
  readonly maxAttempts: number;
  readonly retryBaseMs: number;
  readonly lateEffectWindowMs: number;
  readonly sweepMs: number;
}

/** The longest time one message may be worked on; longer work yields and is dispatched again. RabbitMQ cuts off a delivery after 30 minutes. */
export const messageBudgetMs = 15 * 60_000;

export const timingOf = (config: ApprovalsConfig): Timing => ({
  leaseMs: config.DCM_LEASE_MS,
  callTimeoutMs: config.DCM_CALL_TIMEOUT_MS,
  planTimeoutMs: config.DCM_PLAN_TIMEOUT_MS,
  planFreshMs: config.DCM_PLAN_FRESH_MS,
  deadlineMs: config.DCM_OPERATION_DEADLINE_MS,
  dispatchTimeoutMs: config.DCM_DISPATCH_TIMEOUT_MS,
  maxAttempts: config.DCM_MAX_ATTEMPTS,
  retryBaseMs: config.DCM_RETRY_BASE_MS,
  lateEffectWindowMs: config.DCM_LATE_EFFECT_WINDOW_MS,
  sweepMs: config.DCM_SWEEP_MS,
});

/** `ms` milliseconds after a time. */
export const after = (time: Date, ms: number): Date => new Date(time.getTime() + ms);

/** The latest of several times; null counts as long ago. */
export const latest = (first: Date, ...others: readonly (Date | null)[]): Date =>
  others.reduce<Date>((last, other) => (other !== null && other > last ? other : last), first);

/** The earliest of several times; null counts as never. */
export const earliest = (first: Date, ...others: readonly (Date | null)[]): Date =>
  others.reduce<Date>((soonest, other) => (other !== null && other < soonest ? other : soonest), first);
