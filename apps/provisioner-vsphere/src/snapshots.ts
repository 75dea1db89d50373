import type { VmRef, VmStatus } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { requireOurs } from './finder';
import type { Machine } from './machine.mapper';
import { refuseQuestion } from './power';
import type { Snapshot } from './snapshot.mapper';
import { statusOf } from './status.mapper';
import { isGoneObject, isUnanswered, Refused } from './vsphere.errors';

/** What a new snapshot is to be. */
export interface SnapshotWish {
  /** Unique to the operation: one that is there was made by an earlier attempt. */
  readonly name: string;
  readonly description: string;
  /** Whether a running VM's memory is kept, so that it can come back running. */
  readonly memory: boolean;
}

/** Takes a snapshot, once. @throws Refused VM_NOT_FOUND, NOT_OURS, STILL_CREATING, QUESTION_PENDING */
export async function createSnapshot(attempt: Attempt, ref: VmRef, wish: SnapshotWish): Promise<VmStatus> {
  attempt.step(5, 'find');
  await attempt.finishResumed({ progress: [5, 20] });
  try {
    await attempt.inTurn(() => createOnce(attempt, ref, wish));
  } catch (error) {
    // No answer: the tree tells what became of the call.
    if (!isUnanswered(error) || named(await look(attempt, ref), wish.name).length === 0) throw error;
    attempt.effect = 'PARTIAL';
  }
  return readBack(attempt, ref);
}

/** Looks before each try: what stood in the way of the last one may have been this very snapshot being made. */
async function createOnce(attempt: Attempt, ref: VmRef, { name, description, memory }: SnapshotWish): Promise<void> {
  const machine = await look(attempt, ref);
  if (named(machine, name).length > 0) return;
  attempt.step(20, 'create-snapshot');
  const parameters = { name, description, memory, quiesce: false };
  await attempt.run('CreateSnapshot_Task', machine.ref, parameters, waitWith(attempt, machine));
}

/**
 * Leads a VM back to a snapshot, and to the power state that it holds. A revert that an earlier attempt is known to
 * have made is not made again: what the guest wrote since then would be lost.
 * @throws Refused SNAPSHOT_NOT_FOUND and as `createSnapshot`
 */
export async function revertSnapshot(attempt: Attempt, ref: VmRef, name: string): Promise<VmStatus> {
  attempt.step(5, 'find');
  if ((await attempt.finishResumed({ progress: [5, 90] })) === true) return readBack(attempt, ref);
  await attempt.inTurn(async () => {
    const machine = await look(attempt, ref);
    const target = theOne(machine, name);
    if (target === undefined) throw new Refused('SNAPSHOT_NOT_FOUND', `the VM has no snapshot ${name}`);
    attempt.step(20, 'revert-snapshot');
    await attempt.run('RevertToSnapshot_Task', target.ref, {}, waitWith(attempt, machine)).catch((error: unknown) => {
      if (!isGoneObject(error, target.ref)) throw error;
      throw new Refused('SNAPSHOT_NOT_FOUND', `the VM has no snapshot ${name} any more`);
    });
  });
  return readBack(attempt, ref);
}

/** Removes a snapshot and merges its disks; those that stand on it stay. @throws Refused as `createSnapshot` */
export async function removeSnapshot(attempt: Attempt, ref: VmRef, name: string): Promise<VmStatus> {
  attempt.step(5, 'find');
  await attempt.finishResumed({ progress: [5, 20] });
  try {
    await attempt.inTurn(() => removeOnce(attempt, ref, name));
  } catch (error) {
    if (!isUnanswered(error) || named(await look(attempt, ref), name).length > 0) throw error;
    attempt.effect = 'PARTIAL';
  }
  return readBack(attempt, ref);
}

async function removeOnce(attempt: Attempt, ref: VmRef, name: string): Promise<void> {
  const machine = await look(attempt, ref);
  const target = theOne(machine, name);
  if (target === undefined) return;
  attempt.step(20, 'remove-snapshot');
  const parameters = { removeChildren: false, consolidate: true };
  try {
    await attempt.run('RemoveSnapshot_Task', target.ref, parameters, waitWith(attempt, machine));
  } catch (error) {
    // Somebody else was quicker.
    if (!isGoneObject(error, target.ref)) throw error;
  }
}

/** The VM with its mark and its tree. */
async function look(attempt: Attempt, { nativeId, ownership }: VmRef): Promise<Machine> {
  const machine = await requireOurs(attempt, nativeId, ownership);
  if (!machine.isBuilt) throw new Refused('STILL_CREATING', `vCenter is still making the VM ${nativeId}`);
  refuseQuestion(machine);
  return machine;
}

const named = ({ snapshots }: Machine, name: string): Snapshot[] => snapshots.filter((one) => one.name === name);

/** vCenter lets two snapshots have one name; then nobody can say which is meant. */
function theOne(machine: Machine, name: string): Snapshot | undefined {
  const [first, second] = named(machine, name);
  if (second === undefined) return first;
  throw new Refused(
    'SNAPSHOT_NOT_FOUND',
    `two snapshots of the VM are called ${name}: which one is meant is not clear`,
  );
}

/** A question that comes up in the middle ends the wait. */
const waitWith = (attempt: Attempt, { ref }: Machine): Parameters<Attempt['run']>[3] => ({
  progress: [20, 95],
  check: async () => {
    const machine = await attempt.machine(ref);
    if (machine !== undefined) refuseQuestion(machine);
  },
});

async function readBack(attempt: Attempt, { nativeId, ownership }: VmRef): Promise<VmStatus> {
  attempt.step(95, 'read-back');
  return statusOf(await requireOurs(attempt, nativeId, ownership), new Date());
}
