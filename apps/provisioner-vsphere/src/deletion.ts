import type { DeleteOutcome, Ownership } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { findEverywhere, theOne } from './finder';
import type { Machine } from './machine.mapper';
import { standingOf } from './mark.mapper';
import { ensurePower } from './power';
import { isGoneObject, refusedInState, Refused } from './vsphere.errors';

const BUILDING_PAUSE_MS = 1_000;
/** How often somebody else may power the VM on before it is destroyed. */
const MAX_ROUNDS = 3;

/**
 * Deletes an owner's VM with its disks, wherever it is, and waits for one that is still being made.
 * @throws Refused DUPLICATE_MARK when two bear the mark: a human must say which; STILL_CREATING
 */
export async function deleteVm(
  attempt: Attempt,
  target: { readonly ownership: Ownership; readonly nativeIds: readonly string[] },
): Promise<DeleteOutcome> {
  attempt.step(5, 'find');
  const wasFinished = (await attempt.finishResumed()) === true;
  for (;;) {
    const found = await findEverywhere(attempt, target.ownership, target.nativeIds);
    const machine = theOne(found);
    if (machine !== undefined) {
      await destroy(attempt, machine, target.ownership);
      return 'DELETED';
    }
    if (found.building.length === 0) {
      if (found.foreign.length > 0) return 'NOT_OURS';
      return wasFinished ? 'DELETED' : 'ABSENT';
    }
    attempt.step(10, 'wait-for-creation');
    await outlastBuilding(attempt);
  }
}

/** vCenter cannot delete a VM that it is making. */
async function outlastBuilding(attempt: Attempt): Promise<void> {
  if (attempt.remainingMs() < 2 * BUILDING_PAUSE_MS) {
    throw new Refused('STILL_CREATING', 'vCenter is still making the VM');
  }
  await attempt.pause(BUILDING_PAUSE_MS);
}

async function destroy(attempt: Attempt, machine: Machine, ownership: Ownership): Promise<void> {
  const { ref } = machine;
  try {
    await destroyOnceOff(attempt, machine, ownership);
  } catch (error) {
    // Somebody else deleted it first.
    if (!isGoneObject(error, ref)) throw error;
  }
}

async function destroyOnceOff(attempt: Attempt, found: Machine, ownership: Ownership): Promise<void> {
  let machine: Machine | undefined = found;
  for (let round = 1; machine !== undefined; round += 1) {
    if (machine.power !== 'off') {
      attempt.step(20, 'power-off');
      await ensurePower(attempt, machine.ref, 'off');
      machine = await attempt.machine(machine.ref);
      if (machine === undefined) return;
    }
    if (standingOf(machine, ownership) === 'foreign') {
      throw new Refused('NOT_OURS', `the VM ${machine.ref.value} lost its ownership mark`);
    }
    attempt.step(60, 'delete');
    const { ref }: Machine = machine;
    try {
      await attempt.inTurn(() => attempt.run('Destroy_Task', ref, {}, { progress: [60, 99] }));
      return;
    } catch (error) {
      // Somebody powered it on again.
      if (refusedInState(error) === undefined || round === MAX_ROUNDS) throw error;
      machine = await attempt.machine(ref);
    }
  }
}
