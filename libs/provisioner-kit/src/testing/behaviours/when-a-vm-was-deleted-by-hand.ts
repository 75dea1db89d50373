import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenAVmWasDeletedByHand: Behaviour = {
  title: 'says that a VM is not found which an administrator deleted',
  async run(trial) {
    const vm = await trial.vm({ poweredOn: false });
    await trial.target.admin.deleteVm(vm.status.nativeId);
    const refusal = { reason: 'VM_NOT_FOUND', effect: 'NONE' } as const;
    await refuses(trial.port.getVmStatus(vm.ref, trial.look()), refusal);
    await refuses(trial.power(vm, { action: 'ON' }), refusal);
    const hints = { nativeIds: [vm.status.nativeId], earlierNumbers: [] };
    assert.deepEqual(await trial.port.findVm(vm.instance.ownership, hints, trial.look()), []);
  },
};
