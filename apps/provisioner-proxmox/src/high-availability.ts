import type { Attempt } from './attempt';
import type { Machine } from './machine.mapper';
import { isHaDefined } from './guest.errors';

/**
 * Gives a VM to the cluster's HA manager, which from then on starts and stops it itself; that it has it already is fine.
 * @param isStarted the state in which the manager keeps it
 */
export async function ensureHa(attempt: Attempt, { vmid, isHaManaged }: Machine, isStarted: boolean): Promise<void> {
  if (isHaManaged) return;
  attempt.step(80, 'high-availability');
  try {
    await attempt.run('post', ['cluster', 'ha', 'resources'], {
      sid: `vm:${vmid}`,
      state: isStarted ? 'started' : 'stopped',
    });
  } catch (error) {
    if (!isHaDefined(error)) throw error;
  }
}
