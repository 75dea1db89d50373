import type { Job } from './blueprint';
import { customizationSpec } from './customization.mapper';
import type { Machine } from './machine.mapper';
import { readWish } from './wish.policy';
import { isPreparationPending } from './vsphere.errors';

/**
 * Lets VMware Tools prepare the guest at its first start, where the creating call could not say so: vCenter wants a setting
 * for each network card that the VM has by then. One that waits already was asked for by the creating call or an earlier
 * attempt.
 */
export async function prepare({ attempt, resolved: { spec } }: Job, machine: Machine): Promise<void> {
  if (machine.isPreparing) return;
  const { metadata } = readWish(spec);
  const customization = customizationSpec({ spec, metadata, nics: machine.devices.nics.length });
  if (customization === undefined) return;
  attempt.step(75, 'customize');
  try {
    await attempt.inTurn(() => attempt.run('CustomizeVM_Task', machine.ref, { spec: customization }));
  } catch (error) {
    if (!isPreparationPending(error)) throw error;
  }
}
