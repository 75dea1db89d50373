import type { VmRef, VmStatus } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { requireOurs } from './finder';
import { isGone, isNotTheOne, isUnanswered, JobError, Refused } from './hyperv.errors';
import type { Checkpoint, Machine } from './machine.mapper';
import { settled } from './settling';
import { ref, text, type Step } from './powershell/batch';
import { statusOf } from './status.mapper';

/** What a new snapshot is to be. VMM calls it a checkpoint; what it holds of a running VM's memory is the VM's setting. */
export interface SnapshotWish {
  /** Unique to the operation: one that is there was made by an earlier attempt. */
  readonly name: string;
  readonly description: string;
}

const FOLLOWING = { span: [20, 95] } as const;

/** Takes a snapshot, once. @throws Refused VM_NOT_FOUND, NOT_OURS, STILL_CREATING */
export async function createSnapshot(attempt: Attempt, vm: VmRef, wish: SnapshotWish): Promise<VmStatus> {
  attempt.step(5, 'find');
  await attempt.finishResumed({ span: [5, 20] });
  try {
    await createOnce(attempt, vm, wish);
  } catch (error) {
    // No answer: the list tells what became of the call.
    if (!isUnanswered(error) || named(await look(attempt, vm), wish.name).length === 0) throw error;
    attempt.effect = 'PARTIAL';
  }
  return readBack(attempt, vm);
}

async function createOnce(attempt: Attempt, vm: VmRef, { name, description }: SnapshotWish): Promise<void> {
  const machine = await look(attempt, vm);
  if (named(machine, name).length > 0) return;
  attempt.step(20, 'create-snapshot');
  const args = { VM: ref('vm'), Name: text(name), Description: text(description), RunAsynchronously: true };
  const step: Step = { as: 'made', cmd: 'New-SCVMCheckpoint', args };
  await attempt.changeVm({ id: machine.id, ownership: vm.ownership }, [step], FOLLOWING);
}

/**
 * Leads a VM back to a snapshot, and to the power state that it holds. A revert that an earlier attempt is known to
 * have made is not made again: what the guest wrote since then would be lost.
 * @throws Refused SNAPSHOT_NOT_FOUND and as `createSnapshot`
 */
export async function revertSnapshot(attempt: Attempt, vm: VmRef, name: string): Promise<VmStatus> {
  attempt.step(5, 'find');
  if ((await attempt.finishResumed({ span: [5, 90] })) === true) return readBack(attempt, vm);
  const machine = await look(attempt, vm);
  const target = theOne(machine, name);
  if (target === undefined) throw new Refused('SNAPSHOT_NOT_FOUND', `the VM has no snapshot ${name}`);
  attempt.step(20, 'revert-snapshot');
  try {
    const steps = [checkpointStep(target), actOn('Restore-SCVMCheckpoint')];
    await attempt.changeVm({ id: machine.id, ownership: vm.ownership }, steps, FOLLOWING);
  } catch (error) {
    if (!isVanished(error)) throw error;
    throw new Refused('SNAPSHOT_NOT_FOUND', `the VM has no snapshot ${name} any more`);
  }
  return readBack(attempt, vm);
}

/** Removes a snapshot and merges its disks; those that stand on it stay. @throws Refused as `createSnapshot` */
export async function removeSnapshot(attempt: Attempt, vm: VmRef, name: string): Promise<VmStatus> {
  attempt.step(5, 'find');
  await attempt.finishResumed({ span: [5, 20] });
  try {
    await removeOnce(attempt, vm, name);
  } catch (error) {
    const isOpen = isUnanswered(error) || error instanceof JobError;
    if (!isOpen || named(await look(attempt, vm), name).length > 0) throw error;
    attempt.effect = 'PARTIAL';
  }
  return readBack(attempt, vm);
}

async function removeOnce(attempt: Attempt, vm: VmRef, name: string): Promise<void> {
  const machine = await look(attempt, vm);
  const target = theOne(machine, name);
  if (target === undefined) return;
  attempt.step(20, 'remove-snapshot');
  try {
    const steps = [checkpointStep(target), actOn('Remove-SCVMCheckpoint')];
    await attempt.changeVm({ id: machine.id, ownership: vm.ownership }, steps, FOLLOWING);
  } catch (error) {
    // Somebody else was quicker.
    if (!isVanished(error)) throw error;
  }
}

const checkpointStep = ({ id }: Checkpoint): Step => ({
  as: 'checkpoint',
  cmd: 'Get-SCVMCheckpoint',
  args: { VM: ref('vm') },
  where: [{ path: 'CheckpointID', op: 'eq', value: id }],
  expect: 'one',
});

const actOn = (cmd: 'Restore-SCVMCheckpoint' | 'Remove-SCVMCheckpoint'): Step => ({
  as: 'done',
  cmd,
  args: { VMCheckpoint: ref('checkpoint'), RunAsynchronously: true },
});

const isVanished = (error: unknown): boolean => isNotTheOne(error, 'checkpoint') || isGone(error);

/** The VM with its mark and its checkpoints, once nothing else is under way. */
const look = (attempt: Attempt, { nativeId, ownership }: VmRef): Promise<Machine> =>
  settled(attempt, nativeId, ownership);

const named = ({ checkpoints }: Machine, name: string): Checkpoint[] => checkpoints.filter((one) => one.name === name);

/** VMM lets two checkpoints have one name; then nobody can say which is meant. */
function theOne(machine: Machine, name: string): Checkpoint | undefined {
  const [first, second] = named(machine, name);
  if (second === undefined) return first;
  const problem = `two snapshots of the VM are called ${name}: which one is meant is not clear`;
  throw new Refused('SNAPSHOT_NOT_FOUND', problem);
}

async function readBack(attempt: Attempt, { nativeId, ownership }: VmRef): Promise<VmStatus> {
  attempt.step(95, 'read-back');
  return statusOf(await requireOurs(attempt, nativeId, ownership), new Date());
}
