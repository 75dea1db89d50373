import type { Ownership, VmRef, VmStatus, VmTarget } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { nextChange, type Target } from './changes.policy';
import { isUnanswered, isWrongState, Refused } from './hyperv.errors';
import type { Machine } from './machine.mapper';
import { settled } from './settling';
import { statusOf } from './status.mapper';

/** More than a VM with all cards and disks needs. */
const MAX_CHANGES = 100;

/** Which VM, whose, and at how much of the whole operation its changes begin and end. */
export interface Work {
  readonly id: string;
  readonly ownership: Ownership;
  readonly span: readonly [from: number, to: number];
}

/**
 * Leads a VM to a target: reads, makes the first change that is left, and reads again until none is. It is right under
 * changes by others, after an answer that was lost, and when it begins in the middle.
 * @returns the VM as it is in the end
 * @throws Refused CONCURRENT_CHANGE when it never becomes as asked; as `nextChange`
 */
export async function reconfigure(
  attempt: Attempt,
  { id, ownership, span }: Work,
  targetOf: (machine: Machine) => Target,
): Promise<Machine> {
  const [from, to] = span;
  for (let round = 0; round <= MAX_CHANGES; round += 1) {
    const machine = await settled(attempt, id, ownership);
    const change = nextChange(machine, targetOf(machine));
    if (change === undefined) return machine;
    const begin = from + ((to - from) * Math.min(round, 9)) / 10;
    attempt.step(begin, change.name);
    try {
      await attempt.changeVm({ id, ownership }, change.steps, { span: [begin, begin + (to - from) / 10] });
    } catch (error) {
      // What it has become is looked at in the next round.
      if (!isUnanswered(error) && !isWrongState(error)) throw error;
    }
  }
  throw new Refused('CONCURRENT_CHANGE', 'its configuration does not become as asked');
}

/** Leads an owner's VM to a size. @throws Refused VM_NOT_FOUND, NOT_OURS, INVALID_SPEC, INVALID_POWER_STATE, UNSUPPORTED */
export async function reconfigureVm(
  attempt: Attempt,
  { nativeId, ownership }: VmRef,
  { cpus, memoryMib, disks }: VmTarget,
): Promise<VmStatus> {
  attempt.step(5, 'find');
  await attempt.finishResumed({ span: [5, 20] });
  const target: Target = {
    ...(cpus !== undefined && { cpus }),
    ...(memoryMib !== undefined && { memoryMib }),
    ...(disks !== undefined && { disks }),
  };
  const machine = await reconfigure(attempt, { id: nativeId, ownership, span: [20, 95] }, () => target);
  return statusOf(machine, new Date());
}
