import { VmmError } from './errors';
import type { Machine } from './machine';
import type { PowerState } from './objects';

/**
 * Checks that a machine can take an action now, in the order in which the management server objects.
 * @throws VmmError 801 when it is gone, 2606 when a job holds it, 2912 when its host does not answer, 1730 when its state does not allow it.
 */
export function demandState(machine: Machine, allowed: readonly (PowerState | 'CreationFailed' | 'Missing')[]): void {
  demandPresence(machine);
  if (machine.busy !== undefined) throw new VmmError(2606, []);
  if (!machine.VMHost.isResponding) throw new VmmError(2912, [machine.VMHost.Name], 'Unknown error (0x80338126)');
  const state = machine.VirtualMachineState;
  if (!allowed.some((one) => one === state)) throw new VmmError(1730, [machine.Name, state]);
}

/** @throws VmmError 801 when the record is gone. */
export function demandPresence(machine: Machine): void {
  if (machine.isGone) throw new VmmError(801, ['VirtualMachine', machine.ID]);
}
