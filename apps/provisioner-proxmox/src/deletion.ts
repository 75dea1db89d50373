import type { DeleteOutcome, Ownership } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { ensurePower } from './ensure-power';
import { theOne, unseen, type Found } from './finder';
import type { Machine } from './machine.mapper';
import { outlastMaking } from './making';
import { isBuilt, standingOf } from './mark.mapper';
import type { Site } from './site';
import { isNoSuchVm, isStillRunning } from './guest.errors';
import { isMissingPrivilege, isUnanswered } from './outcome.errors';
import { Refused } from './proxmox.errors';
import { readVmid, vmidFor } from './vmid.policy';

/** How often somebody else may power the VM on before it is destroyed. */
const MAX_ROUNDS = 3;

/**
 * Deletes an owner's VM with its disks, wherever it is, and waits for one that is still being made.
 * @throws Refused DUPLICATE_MARK when two bear the mark: a human must say which; STILL_CREATING, QUESTION_PENDING,
 * MISSING_PRIVILEGE when something unseen stands where it should be
 */
export async function deleteVm(
  attempt: Attempt,
  site: Site,
  target: { readonly ownership: Ownership; readonly nativeIds: readonly string[] },
): Promise<DeleteOutcome> {
  const { ownership } = target;
  attempt.step(5, 'find');
  const wasFinished = (await attempt.finishResumed()) === true;
  const ids = target.nativeIds.flatMap((id) => readVmid(id) ?? []);
  const own = vmidFor(site.options.vmidBase, attempt.operation.instanceNumber);
  const vmids = [...new Set([...ids, ...(own === undefined ? [] : [own])])];
  for (;;) {
    const found = await site.finder.everywhere(attempt, ownership, vmids);
    const machine = theOne(found);
    const making = beingMade(found, machine);
    if (making !== undefined) {
      attempt.step(10, 'wait-for-creation');
      const holder = await outlastMaking(attempt, site, making);
      if (holder.kind === 'hidden') throw unseen(making);
    } else if (machine !== undefined) {
      await destroy(attempt, site, machine, ownership);
      return 'DELETED';
    } else {
      if (found.foreign.some(({ vmid }) => ids.includes(vmid))) return 'NOT_OURS';
      return wasFinished ? 'DELETED' : 'ABSENT';
    }
  }
}

/** The VMID of what is or may be our VM and is not whole yet: something unseen may be this very VM. */
function beingMade({ building, hidden }: Found, machine: Machine | undefined): number | undefined {
  if (machine !== undefined) return isBuilt(machine) ? undefined : machine.vmid;
  return building[0]?.vmid ?? hidden[0];
}

async function destroy(attempt: Attempt, site: Site, machine: Machine, ownership: Ownership): Promise<void> {
  try {
    await destroyOnceOff(attempt, site, { machine, ownership });
    site.recent.add(machine.vmid);
  } catch (error) {
    // Somebody else deleted it first; with the VM went the rights that came from its pool.
    const mayBeGone = isNoSuchVm(error) || isMissingPrivilege(error) || isUnanswered(error) || isGone(error);
    if (!mayBeGone || (await site.finder.at(attempt, machine.vmid)).kind !== 'absent') throw error;
    if (isUnanswered(error)) attempt.effect = 'PARTIAL';
  }
}

async function destroyOnceOff(
  attempt: Attempt,
  site: Site,
  { machine: found, ownership }: { machine: Machine; ownership: Ownership },
): Promise<void> {
  let machine = found;
  for (let round = 1; ; round += 1) {
    if (machine.power !== 'off' && !machine.isHibernated) {
      attempt.step(20, 'power-off');
      await ensurePower(attempt, site, machine, 'off');
      machine = await site.finder.again(attempt, machine);
    }
    if (standingOf(machine, ownership) !== 'original') {
      throw new Refused('NOT_OURS', `the VM ${machine.vmid} lost its ownership mark`);
    }
    attempt.step(60, 'delete');
    try {
      await erase(attempt, machine);
      return;
    } catch (error) {
      // Somebody powered it on again.
      if (!isStillRunning(error) || round === MAX_ROUNDS) throw error;
      machine = await site.finder.again(attempt, machine);
    }
  }
}

/** Disks that its configuration does not name any more go too, and what backup, replication and HA know of it. */
async function erase(attempt: Attempt, { vmid, node }: Machine): Promise<void> {
  const parameters = { purge: true, 'destroy-unreferenced-disks': true };
  const path = ['nodes', node, 'qemu', vmid];
  await attempt.inTurn(() => attempt.run('delete', path, parameters, { progress: [60, 99] }));
}

const isGone = (error: unknown): boolean => error instanceof Refused && error.reason === 'VM_NOT_FOUND';
