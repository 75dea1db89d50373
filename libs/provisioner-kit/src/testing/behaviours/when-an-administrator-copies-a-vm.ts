import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { found, leavesAlone } from '../leaves-alone';

export const whenAnAdministratorCopiesAVm: Behaviour = {
  title: "takes an administrator's copy of a VM for a stranger, not for a duplicate",
  async run(trial) {
    const { instance, status } = await trial.vm({ poweredOn: false });
    const copy = await trial.target.admin.copyVm(status.nativeId, 'copy-of-trial');
    assert.deepEqual(await found(trial, instance.ownership), [status.nativeId]);
    assert.deepEqual(
      await found(trial, instance.ownership, copy.nativeId),
      [status.nativeId],
      'also with a wrong hint',
    );
    const { how } = await trial.provision(instance, trial.context(instance, { attempt: 2 }));
    assert.equal(how, 'adopted');

    const target = { ownership: instance.ownership, nativeIds: [status.nativeId] };
    assert.equal(await trial.port.deleteVm(target, trial.context(instance)), 'DELETED');
    assert.deepEqual(
      (await trial.newVms()).map(({ nativeId }) => nativeId),
      [copy.nativeId],
      'only the original is gone',
    );
    await leavesAlone(trial, copy.nativeId, instance);
  },
};
