import type { Job } from './job';
import type { Machine } from './machine';
import { demandPresence, demandState } from './states';
import { VmmError } from './errors';
import type { Vmm } from './vmm';

/**
 * Removes a VM with its files; it must not run. With force also a record whose creation failed or whose host does not answer: then
 * only the record goes.
 * @throws VmmError 1730 for a VM that runs, or for a broken record without force.
 */
export function remove(vmm: Vmm, machine: Machine, isForced: boolean): Job {
  demandPresence(machine);
  const isBroken =
    !machine.VMHost.isResponding || machine.overlay === 'CreationFailed' || machine.overlay === 'Missing';
  if (!isForced || !isBroken) demandState(machine, ['PowerOff', 'Saved']);
  else if (machine.busy !== undefined) throw new VmmError(2606, []);
  const job = vmm.start({
    kind: 'delete',
    name: 'Remove virtual machine',
    cmdlet: 'Remove-SCVirtualMachine',
    target: machine,
    finish: () => {
      vmm.drop(machine);
      return undefined;
    },
  });
  machine.overlay = 'Deleting';
  return job;
}
