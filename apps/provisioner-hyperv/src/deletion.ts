import type { DeleteOutcome, HypervisorReason, Ownership } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { ejection } from './changes.policy';
import { findEverywhere, theOne } from './finder';
import { isUnanswered, isWrongState, Refused } from './hyperv.errors';
import { discPath, isStored, removeDisc } from './library';
import type { Machine } from './machine.mapper';
import { ensurePower } from './powering';
import { removeStep } from './removal';

/** How often somebody else may change the VM before it is deleted. */
const MAX_ROUNDS = 20;

/**
 * Deletes an owner's VM with its disks, wherever it is, and waits for one that is still being made.
 * @throws Refused DUPLICATE_MARK when two bear the mark: a human must say which; STILL_CREATING
 */
export async function deleteVm(
  attempt: Attempt,
  target: { readonly ownership: Ownership; readonly nativeIds: readonly string[] },
): Promise<DeleteOutcome> {
  attempt.step(5, 'find');
  let wasSent = (await attempt.finishResumed({ span: [5, 20] })) === true;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const found = await findEverywhere(attempt, target.ownership, target.nativeIds);
    const machine = theOne(found);
    if (machine === undefined) return outcomeOf(found.foreign.length > 0, wasSent);
    if (machine.job?.isRunning === true || machine.phase === 'building' || machine.phase === 'deleting') {
      attempt.step(10, 'wait-for-other-job');
      await attempt.outlast(machine.job);
    } else if (await isDestroyed(attempt, machine, target.ownership)) {
      wasSent = true;
    }
  }
  throw new Refused('STILL_CREATING', 'what VMM has of it changes again and again');
}

function outcomeOf(hasForeign: boolean, wasSent: boolean): DeleteOutcome {
  if (wasSent) return 'DELETED';
  return hasForeign ? 'NOT_OURS' : 'ABSENT';
}

/** One try. @returns whether the deletion was sent; another look tells how the VM is then */
async function isDestroyed(attempt: Attempt, machine: Machine, ownership: Ownership): Promise<boolean> {
  try {
    return await destroy(attempt, machine, ownership);
  } catch (error) {
    // Somebody else deletes it, or nobody knows: another look tells.
    if (isUnanswered(error) || isRefused(error, 'VM_NOT_FOUND')) return true;
    if (isWrongState(error) || isRefused(error, 'STILL_CREATING')) return false;
    throw error;
  }
}

const isRefused = (error: unknown, reason: HypervisorReason): boolean =>
  error instanceof Refused && error.reason === reason;

async function destroy(attempt: Attempt, machine: Machine, ownership: Ownership): Promise<boolean> {
  const { power } = machine;
  if (power === 'on' || power === 'paused' || power === 'suspended') {
    attempt.step(20, 'turn-off');
    await ensurePower(attempt, { machine, ownership }, power === 'suspended' ? 'discard' : 'turn-off');
    return false;
  }
  if (await isDiscLeft(attempt, machine, ownership)) return false;
  attempt.step(60, 'delete');
  await attempt.changeVm({ id: machine.id, ownership }, [removeStep(machine)], { span: [60, 99] });
  return true;
}

/** Takes the guest's disc out of its drive, then out of the library; one step at a time. @returns whether one was done */
async function isDiscLeft(attempt: Attempt, machine: Machine, ownership: Ownership): Promise<boolean> {
  const { library } = attempt.options;
  if (library === undefined || machine.phase !== 'ready') return false;
  const path = discPath(library, ownership);
  const eject = ejection(machine, path);
  if (eject !== undefined) {
    attempt.step(40, eject.name);
    await attempt.changeVm({ id: machine.id, ownership }, eject.steps, { span: [40, 50] });
    return true;
  }
  if (!(await isStored(attempt, path))) return false;
  attempt.step(50, 'remove-disc');
  await removeDisc(attempt, path);
  return true;
}
