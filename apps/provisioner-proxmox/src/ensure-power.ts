import type { PowerState } from '@dcm/contracts';
import type { Attempt } from './attempt';
import type { Machine } from './machine.mapper';
import type { Site } from './site';
import { waitFor } from './waiting';
import { isAlreadyRunning, isNotRunning } from './guest.errors';
import { isUnanswered } from './outcome.errors';
import { Refused } from './proxmox.errors';

/** How long Proxmox may take to show what its task has done; a VM of the HA manager waits for the manager's next round. */
const SHOWN_WITHIN_MS = 10_000;
const MANAGED_WITHIN_MS = 120_000;
/** How long the effect of a call is looked for whose answer was lost. */
const UNANSWERED_WITHIN_MS = 2_000;

type Wanted = 'on' | 'off' | 'suspended';

/** Leads a VM to a power state; that somebody else was quicker is no failure. */
export function ensurePower(attempt: Attempt, site: Site, machine: Machine, wanted: Wanted): Promise<void> {
  return leadTo(attempt, machine, wanted, () => site.finder.powerOf(attempt, machine));
}

/** The same, for who wants to see more of the VM than its power. @param look reads it */
export async function leadTo(
  attempt: Attempt,
  machine: Machine,
  wanted: Wanted,
  look: () => Promise<PowerState>,
): Promise<void> {
  // The memory of a VM that sleeps on disk goes only when the VM goes on.
  if (wanted === 'off' && machine.isHibernated) await leadTo(attempt, machine, 'on', look);
  const isThere = async (): Promise<boolean> => (await look()) === wanted;
  await call(attempt, machine, { wanted, isThere });
  // A request to the HA manager only waits in its line.
  const withinMs = machine.isHaManaged ? MANAGED_WITHIN_MS : SHOWN_WITHIN_MS;
  if ((await waitFor(attempt, withinMs, isThere)) || !machine.isHaManaged) return;
  throw new Refused('TASK_IN_PROGRESS', `the HA manager has not made it ${wanted} yet`);
}

async function call(
  attempt: Attempt,
  machine: Machine,
  { wanted, isThere }: { wanted: Wanted; isThere: () => Promise<boolean> },
): Promise<void> {
  try {
    const path = ['nodes', machine.node, 'qemu', machine.vmid, 'status', callFor(machine, wanted)];
    await attempt.inTurn(() => attempt.run('post', path));
  } catch (error) {
    const isQuicker = isAlreadyRunning(error) || isNotRunning(error);
    if (!isQuicker && !isUnanswered(error)) throw error;
    // No answer: the state tells what became of the call, once its task has run.
    const isDone = isQuicker ? await isThere() : await waitFor(attempt, UNANSWERED_WITHIN_MS, isThere);
    if (!isDone) throw error;
    if (!isQuicker) attempt.effect = 'PARTIAL';
  }
}

function callFor({ power, isHibernated }: Machine, wanted: Wanted): string {
  if (wanted === 'off') return 'stop';
  if (wanted === 'suspended') return 'suspend';
  return power === 'suspended' && !isHibernated ? 'resume' : 'start';
}
