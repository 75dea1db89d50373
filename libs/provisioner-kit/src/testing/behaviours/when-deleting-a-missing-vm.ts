import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenDeletingAMissingVm: Behaviour = {
  title: 'finds a VM absent that never was, that is deleted already, or that an administrator deleted',
  async run(trial) {
    const never = trial.instance();
    const deleting = { ownership: never.ownership, nativeIds: [] };
    assert.equal(await trial.port.deleteVm(deleting, trial.context(never)), 'ABSENT');

    for (const byHand of [false, true]) {
      const { instance, status } = await trial.vm({ poweredOn: false });
      const target = { ownership: instance.ownership, nativeIds: [status.nativeId] };
      if (byHand) await trial.target.admin.deleteVm(status.nativeId);
      else await trial.port.deleteVm(target, trial.context(instance));
      assert.equal(await trial.port.deleteVm(target, trial.context(instance, { attempt: 2 })), 'ABSENT');
    }
  },
};
