import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { HypervisorError, type Effect, type HypervisorReason } from '@dcm/contracts';
import { errorTextOf } from './error-text';

export interface Refusal {
  /** The reason, or those that are all right. */
  readonly reason: HypervisorReason | readonly HypervisorReason[];
  readonly effect?: Effect | readonly Effect[];
}

const list = <T extends string>(wanted: T | readonly T[]): readonly T[] =>
  typeof wanted === 'string' ? [wanted] : wanted;

/** Waits for a call to be refused as it must be. @returns the error. @throws AssertionError when it is not. */
export async function refuses(call: Promise<unknown>, wanted: Refusal): Promise<HypervisorError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown ?? new Error('undefined was thrown'),
  );
  const reasons = list(wanted.reason);
  assert.ok(error !== undefined, `the call succeeds; it must be refused with ${reasons.join(' or ')}`);
  assert.ok(error instanceof HypervisorError, `the call throws no HypervisorError but ${errorTextOf(error)}`);
  assert.ok(reasons.includes(error.reason), `the reason must be ${reasons.join(' or ')}: ${errorTextOf(error)}`);
  if (wanted.effect !== undefined) {
    const effects = list(wanted.effect);
    assert.ok(effects.includes(error.effect), `the effect must be ${effects.join(' or ')}: ${errorTextOf(error)}`);
  }
  return error;
}

/** Waits until the check holds. @throws AssertionError after `timeoutMs`. */
export async function eventually(check: () => Promise<boolean>, what: string, timeoutMs = 10_000): Promise<void> {
  const endsAt = performance.now() + timeoutMs;
  while (!(await check())) {
    assert.ok(performance.now() < endsAt, `within ${timeoutMs} ms it does not come about that ${what}`);
    await sleep(20);
  }
}

/** The call's outcome as a value, whichever it is, within a time. @throws AssertionError when it goes on for longer. */
export async function endsWithin<T>(timeoutMs: number, call: Promise<T>): Promise<PromiseSettledResult<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new assert.AssertionError({ message: `the call goes on for more than ${timeoutMs} ms` }));
    }, timeoutMs);
  });
  try {
    const [outcome] = await Promise.race([Promise.allSettled([call]), late]);
    return outcome;
  } finally {
    clearTimeout(timer);
  }
}
