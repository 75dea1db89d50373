import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { found } from '../leaves-alone';

export const whenAVmWasRenamedByHand: Behaviour = {
  title: 'knows a VM again that an administrator renamed: by its mark, for every call',
  async run(trial) {
    const vm = await trial.vm({ poweredOn: false });
    const name = `renamed-${vm.instance.spec.platformName}`;
    await trial.target.admin.renameVm(vm.status.nativeId, name);
    assert.equal((await trial.status(vm)).name, name);
    assert.deepEqual(await found(trial, vm.instance.ownership), [vm.status.nativeId]);
    const { how, status } = await trial.provision(vm.instance, trial.context(vm.instance, { attempt: 2 }));
    assert.deepEqual([how, status.nativeId], ['adopted', vm.status.nativeId]);
    const target = { ownership: vm.instance.ownership, nativeIds: [] };
    assert.equal(await trial.port.deleteVm(target, trial.context(vm.instance)), 'DELETED');
    assert.deepEqual(await trial.newVms(), []);
  },
};
