import type { PveClient } from './client/pve.client';
import { isProvenUndone, isRefusal } from './outcome.errors';

/** How long a task may take to end once it was told to. */
const END_WITHIN_MS = 10_000;

/** What became of a task that was to be stopped: nothing of it is left, it was quicker, or nobody can say. */
export type Cancelled = 'undone' | 'done' | 'unknown';

/**
 * Stops a task (its worker is told to end, and cleans up what it made) and waits for the end: what the task says then is
 * what became of it. Never throws.
 */
export async function cancelTask(client: PveClient, task: string): Promise<Cancelled> {
  const signal = AbortSignal.timeout(END_WITHIN_MS);
  try {
    // One that ended meanwhile cannot be stopped: what it says counts.
    await client.tasks.stop(task, { signal }).catch(() => undefined);
    await client.tasks.wait(task, { signal, timeoutMs: END_WITHIN_MS });
    return 'done';
  } catch (error) {
    return isRefusal(error) && isProvenUndone(error) ? 'undone' : 'unknown';
  }
}
