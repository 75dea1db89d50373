import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';
import { found } from '../leaves-alone';

export const whenAMarkIsBorneTwice: Behaviour = {
  title: 'finds both VMs that bear one mark, and neither adopts nor deletes one of them by that mark',
  faults: ['duplicate'],
  async run(trial) {
    const vm = await trial.vm({ poweredOn: false });
    const twin = await trial.fault('duplicate')(vm.status.nativeId, 'twin-of-trial');
    const both = [vm.status.nativeId, twin.nativeId].sort();
    assert.deepEqual((await found(trial, vm.instance.ownership)).sort(), both);
    const reason = 'DUPLICATE_MARK';
    const again = trial.provision(vm.instance, trial.context(vm.instance, { attempt: 2 }));
    // What is to be created exists, if only too often.
    await refuses(again, { reason, effect: 'PARTIAL' });
    const target = { ownership: vm.instance.ownership, nativeIds: [] };
    await refuses(trial.port.deleteVm(target, trial.context(vm.instance)), { reason, effect: 'NONE' });
    assert.deepEqual((await trial.newVms()).map(({ nativeId }) => nativeId).sort(), both, 'both stand');
  },
};
