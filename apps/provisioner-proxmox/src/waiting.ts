import type { Access } from './access';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** Kept back for what must follow the wait. */
const RESERVE_MS = 5_000;

/** Looks again and again. @returns whether the condition came about in time */
export async function waitFor(
  access: Access,
  timeoutMs: number,
  isThere: () => Promise<boolean>,
  longestPauseMs = LONGEST_PAUSE_MS,
): Promise<boolean> {
  const endsAt = performance.now() + Math.min(timeoutMs, Math.max(0, access.remainingMs() - RESERVE_MS));
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    if (await isThere()) return true;
    if (performance.now() >= endsAt) return false;
    await access.pause(pauseMs);
  }
}
