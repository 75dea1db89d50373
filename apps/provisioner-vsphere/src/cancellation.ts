import { HypervisorError } from '@dcm/contracts';
import type { ManagedObjectReference } from './client/managed.object';
import { isFinal } from './client/task.info';
import type { VimClient } from './client/vim.client';
import { isProvenUndone } from './vsphere.errors';

/** How long a task may take to end once it was told to. */
const END_WITHIN_MS = 10_000;

/** What became of a task that was to be cancelled: nothing of it is left, it was quicker, or nobody can say. */
export type Cancelled = 'undone' | 'done' | 'unknown';

/**
 * Whether the operation was cancelled, so that what it started may be cancelled too. A worker that lost its claim, ran
 * out of time or shuts down leaves its task to whoever comes next.
 */
export const wasCancelled = ({ aborted, reason }: AbortSignal): boolean =>
  aborted && reason instanceof HypervisorError && reason.reason === 'CANCELLED';

/**
 * CancelTask, where vCenter allows it, and a wait for the end: what the task says then is what became of it. Never
 * throws. One that cannot be cancelled goes on.
 * @param operation whose task it is: only its own fault proves that nothing is left
 */
export async function cancelTask(
  client: VimClient,
  task: ManagedObjectReference,
  operation: string,
): Promise<Cancelled> {
  const signal = AbortSignal.timeout(END_WITHIN_MS);
  try {
    const info = await client.tasks.read(task, signal);
    if (!isFinal(info)) {
      if (!info.cancelable) return 'unknown';
      await client.call('CancelTask', task, {}, { signal }).catch(() => undefined);
    }
    await client.tasks.wait(task, { signal, operation });
    return 'done';
  } catch (error) {
    return isProvenUndone(error, operation) ? 'undone' : 'unknown';
  }
}
