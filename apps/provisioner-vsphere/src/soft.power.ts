import type { Attempt } from './attempt';
import type { ManagedObjectReference } from './client/managed.object';
import { isGuestDeaf, isUnanswered } from './vsphere.errors';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
/** Kept back for what must follow the wait. */
const RESERVE_MS = 5_000;

/**
 * Asks the guest to go down or to restart; it answers at once and does it later, or never.
 * @returns whether VMware Tools run, so that it was heard
 */
export async function askGuest(
  attempt: Attempt,
  ref: ManagedObjectReference,
  operation: 'ShutdownGuest' | 'RebootGuest',
  tools: string | undefined,
): Promise<boolean> {
  if (tools === undefined || tools === 'guestToolsNotRunning') return false;
  try {
    await attempt.inTurn(() => attempt.change(operation, ref));
    return true;
  } catch (error) {
    if (isGuestDeaf(error)) return false;
    // It may have been heard: what follows shows it.
    if (isUnanswered(error)) return true;
    throw error;
  }
}

/** Looks again and again. @returns whether the condition came about in time */
export async function waitFor(
  attempt: Attempt,
  timeoutMs: number,
  isThere: () => Promise<boolean>,
  longestPauseMs = LONGEST_PAUSE_MS,
): Promise<boolean> {
  const endsAt = performance.now() + Math.min(timeoutMs, Math.max(0, attempt.remainingMs() - RESERVE_MS));
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    if (await isThere()) return true;
    if (performance.now() >= endsAt) return false;
    await attempt.pause(pauseMs);
  }
}
