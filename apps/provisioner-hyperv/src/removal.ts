import type { Attempt } from './attempt';
import { Refused } from './hyperv.errors';
import type { Machine } from './machine.mapper';
import { ref, type Step } from './powershell/batch';

/** Starts the job that deletes the VM `vm` and its files. A record without a VM is removed by force only. */
export const removeStep = ({ phase }: Pick<Machine, 'phase'>): Step => ({
  as: 'removed',
  cmd: 'Remove-SCVirtualMachine',
  args: { VM: ref('vm'), ...(phase === 'failed' || phase === 'lost' ? { Force: true } : {}), RunAsynchronously: true },
});

/** Removes what VMM keeps of a creation that failed; that somebody else was quicker is no failure. */
export async function removeRecord(attempt: Attempt, machine: Machine): Promise<void> {
  attempt.step(10, 'remove-failed-creation');
  const { ownership } = attempt.operation;
  try {
    await attempt.changeVm({ id: machine.id, ownership }, [removeStep(machine)], { span: [10, 10] });
  } catch (error) {
    if (!(error instanceof Refused) || error.reason !== 'VM_NOT_FOUND') throw error;
  }
}
