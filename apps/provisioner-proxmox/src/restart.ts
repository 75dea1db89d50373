import type { Attempt } from './attempt';
import type { Machine } from './machine.mapper';
import { ensurePower } from './ensure-power';
import { readRecords, readString } from './reader.mapper';
import type { Site } from './site';
import { canBeAsked, patienceSeconds } from './soft.power';
import { waitFor } from './waiting';
import { isGuestDeaf } from './guest.errors';
import { isUnanswered } from './outcome.errors';
import { Refused } from './proxmox.errors';

/** Short, so that a quick guest is seen going down. */
const LOOK_EVERY_MS = 200;
/** How long a VM may be off between the two halves of a restart. */
const BACK_WITHIN_MS = 30_000;
const KINDS = ['qmreset', 'qmreboot'] as const;

interface Wish {
  readonly machine: Machine;
  readonly mode: 'SOFT' | 'HARD' | 'TRY_SOFT';
}

/**
 * Restarts a VM. A restart leaves no state behind that could be looked at, so it must not be made twice: before the
 * call the next attempt is told of it, and a later attempt acts only if it is proven that the restart was not made.
 * @throws Refused OUTCOME_UNKNOWN, GUEST_TOOLS_MISSING
 */
export async function restart(attempt: Attempt, site: Site, wish: Wish): Promise<void> {
  try {
    await restartOnce(attempt, site, wish);
  } catch (error) {
    // What is certain to have changed nothing, the next attempt may do.
    if (attempt.isUntouched && attempt.effect === 'NONE') {
      attempt.remember({ isUntouched: true, restart: undefined, task: undefined });
    }
    throw error;
  }
}

async function restartOnce(attempt: Attempt, site: Site, { machine, mode }: Wish): Promise<void> {
  if (!attempt.isUntouched && (await wasMade(attempt, machine))) return;
  attempt.isUntouched = true;
  const before: Restart = { pid: machine.pid ?? null, known: await restartsOf(attempt, machine) };
  attempt.remember({ restart: before });
  const isHeard = canBeAsked(machine);
  if (mode === 'SOFT' && !isHeard) {
    throw new Refused('GUEST_TOOLS_MISSING', 'the QEMU guest agent does not run in its guest');
  }
  if (mode !== 'HARD' && isHeard && (await reboot(attempt, site, machine, mode))) return;
  await reset(attempt, machine, before);
}

type Restart = NonNullable<NonNullable<Attempt['resumed']>['restart']>;

/** Asks the guest to go down, after which its node starts it anew. @returns false when it does not and may be forced */
async function reboot(attempt: Attempt, site: Site, machine: Machine, mode: Wish['mode']): Promise<boolean> {
  const path = ['nodes', machine.node, 'qemu', machine.vmid, 'status', 'reboot'];
  const timeout = patienceSeconds(attempt, site);
  try {
    await attempt.inTurn(() => attempt.run('post', path, { timeout }));
  } catch (error) {
    if (!isGuestDeaf(error)) throw error;
    if (mode === 'TRY_SOFT') return false;
    throw new Refused('OUTCOME_UNKNOWN', 'its guest was asked to restart and was not seen going down', 'UNKNOWN');
  }
  // The task is over while the VM is off for a moment.
  const isBack = async (): Promise<boolean> => {
    const now = await site.finder.again(attempt, machine);
    return now.power === 'on' && now.pid !== machine.pid;
  };
  if (await waitFor(attempt, BACK_WITHIN_MS, isBack, LOOK_EVERY_MS)) return true;
  const now = await site.finder.again(attempt, machine);
  if (now.power === 'off') await ensurePower(attempt, site, now, 'on');
  return true;
}

async function reset(attempt: Attempt, machine: Machine, before: Restart): Promise<void> {
  try {
    await attempt.inTurn(() => attempt.run('post', ['nodes', machine.node, 'qemu', machine.vmid, 'status', 'reset']));
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    // Its node remembers what it was told to do.
    const made = await madeSince(attempt, machine, before);
    if (made === undefined || (await attempt.outcomeOf(made)) !== true) throw error;
  }
}

/**
 * Whether an earlier attempt made the restart.
 * @throws Refused OUTCOME_UNKNOWN when nothing proves either
 */
async function wasMade(attempt: Attempt, machine: Machine): Promise<boolean> {
  const { resumed } = attempt;
  const outcome = resumed?.restart === undefined ? undefined : await outcomeOf(attempt, machine, resumed.restart);
  if (outcome !== undefined) return outcome;
  throw new Refused('OUTCOME_UNKNOWN', 'whether an earlier attempt restarted it cannot be told', 'UNKNOWN');
}

/** Another process than before, or a task that its node remembers, is a proof. */
async function outcomeOf(attempt: Attempt, machine: Machine, before: Restart): Promise<boolean | undefined> {
  if (machine.pid !== undefined && before.pid !== null && machine.pid !== before.pid) return true;
  const task = attempt.resumed?.task ?? (await madeSince(attempt, machine, before));
  return task === undefined ? undefined : attempt.outcomeOf(task);
}

async function madeSince(attempt: Attempt, machine: Machine, { known }: Restart): Promise<string | undefined> {
  return (await restartsOf(attempt, machine)).find((upid) => !known.includes(upid));
}

/** UPIDs of the VM's last restarts, as its node remembers them. */
async function restartsOf(attempt: Attempt, { node, vmid }: Machine): Promise<string[]> {
  const lists = await Promise.all(
    KINDS.map((typefilter) => attempt.get(['nodes', node, 'tasks'], { vmid, typefilter, source: 'all', limit: 5 })),
  );
  return lists.flatMap((list) => readRecords(list).flatMap(({ upid }) => readString(upid) ?? []));
}
