export interface BackOffLimits {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Exponential delay with jitter (half of it random), so that many that failed together do not come back together. `attempt` counts from 1. */
export function backOffMs(
  attempt: number,
  { firstMs, maxMs }: BackOffLimits,
  random: () => number = Math.random,
): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full * (0.5 + random() / 2));
}
