import type { VmRef, VmStatus, VmTarget } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { changesTo, type Target } from './changes.policy';
import { requireOurs } from './finder';
import type { Machine } from './machine.mapper';
import { statusOf } from './status.mapper';
import { isConcurrentChange, isUnanswered, Refused } from './vsphere.errors';

const MAX_ROUNDS = 5;

/**
 * Leads a VM to a target: reads, reconfigures what differs, and reads again until nothing does. It is right under
 * changes by others (each reconfiguration is bound to the version that was read) and after an answer that was lost.
 * @returns the VM as it is in the end
 * @throws Refused CONCURRENT_CHANGE when others are always quicker; as `changesTo`
 */
export async function reconfigure(
  attempt: Attempt,
  read: () => Promise<Machine>,
  targetOf: (machine: Machine) => Target,
): Promise<Machine> {
  for (let round = 1; ; round += 1) {
    const machine = await read();
    const spec = changesTo(machine, targetOf(machine));
    if (spec === undefined) return machine;
    if (round > MAX_ROUNDS) throw new Refused('CONCURRENT_CHANGE', 'its configuration does not become as asked');
    try {
      await attempt.inTurn(() => attempt.run('ReconfigVM_Task', machine.ref, { spec }));
    } catch (error) {
      if (!isConcurrentChange(error) && !isUnanswered(error)) throw error;
    }
  }
}

/** Leads an owner's VM to a size. @throws Refused VM_NOT_FOUND, NOT_OURS, INVALID_SPEC, INVALID_POWER_STATE */
export async function reconfigureVm(
  attempt: Attempt,
  { nativeId, ownership }: VmRef,
  { cpus, memoryMib, disks }: VmTarget,
): Promise<VmStatus> {
  attempt.step(5, 'find');
  await attempt.finishResumed({ progress: [5, 40] });
  const read = async (): Promise<Machine> => {
    const machine = await requireOurs(attempt, nativeId, ownership);
    if (machine.isBuilt) return machine;
    throw new Refused('STILL_CREATING', `vCenter is still making the VM ${nativeId}`);
  };
  attempt.step(40, 'reconfigure');
  const machine = await reconfigure(attempt, read, () => ({ cpus, memoryMib, disks }));
  return statusOf(machine, new Date());
}
