import type { Attempt } from './attempt';
import type { Machine } from './machine.mapper';
import type { Site } from './site';
import { waitFor } from './waiting';
import { isGuestDeaf, isNotRunning } from './guest.errors';
import { isUnanswered } from './outcome.errors';
import { Refused } from './proxmox.errors';

/** Kept back for what must follow the wait. */
const RESERVE_MS = 5_000;

/** How long the guest may take, in whole seconds, as Proxmox counts; some of the attempt is left for what follows. */
export function patienceSeconds(attempt: Attempt, { options }: Site): number {
  const spareMs = Math.max(1_000, attempt.spareMs() - RESERVE_MS);
  return Math.max(1, Math.floor(Math.min(options.softPowerTimeoutMs, spareMs) / 1000));
}

/** Whether the guest can be asked: its agent runs, or it has none and may listen to the power button. */
export const canBeAsked = ({ agent, hasAgent }: Machine): boolean => !hasAgent || agent?.isRunning === true;

/**
 * Asks the guest to go down, by its agent or else by the power button.
 * @returns whether it is off; when not, it may be forced
 * @throws Refused GUEST_TOOLS_MISSING, CALL_TIMEOUT where it may not
 */
export async function shutDown(
  attempt: Attempt,
  site: Site,
  { machine, mode }: { machine: Machine; mode: 'SOFT' | 'HARD' | 'TRY_SOFT' },
): Promise<boolean> {
  const isStrict = mode === 'SOFT';
  if (isStrict && !canBeAsked(machine)) {
    throw new Refused('GUEST_TOOLS_MISSING', 'the QEMU guest agent does not run in its guest');
  }
  const seconds = patienceSeconds(attempt, site);
  if (await goesDown(attempt, site, { machine, seconds })) return true;
  if (!isStrict) return false;
  if (!machine.hasAgent)
    throw new Refused('GUEST_TOOLS_MISSING', 'its guest has no agent and ignores the power button');
  throw new Refused('CALL_TIMEOUT', `its guest did not shut down within ${seconds} s`, 'UNKNOWN');
}

async function goesDown(
  attempt: Attempt,
  site: Site,
  { machine, seconds }: { machine: Machine; seconds: number },
): Promise<boolean> {
  const path = ['nodes', machine.node, 'qemu', machine.vmid, 'status', 'shutdown'];
  const isDown = async (): Promise<boolean> => (await site.finder.powerOf(attempt, machine)) === 'off';
  try {
    await attempt.inTurn(() => attempt.run('post', path, { timeout: seconds }));
  } catch (error) {
    if (isNotRunning(error)) return true;
    if (isGuestDeaf(error)) return isDown();
    if (!isUnanswered(error)) throw error;
  }
  // What was asked of the HA manager goes on after the task.
  if (!(await waitFor(attempt, machine.isHaManaged ? seconds * 1000 : RESERVE_MS, isDown))) return false;
  attempt.effect = 'PARTIAL';
  return true;
}
