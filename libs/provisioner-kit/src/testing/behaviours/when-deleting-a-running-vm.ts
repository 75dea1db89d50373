import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenDeletingARunningVm: Behaviour = {
  title: 'deletes a VM in every power state, by its native id or by its mark alone',
  async run(trial) {
    for (const [index, power] of trial.powerStates.entries()) {
      const { instance, status } = await trial.vmThatIs(power);
      const nativeIds = index === 0 ? [] : [status.nativeId];
      const outcome = await trial.port.deleteVm({ ownership: instance.ownership, nativeIds }, trial.context(instance));
      assert.equal(outcome, 'DELETED', `while ${power}`);
    }
    assert.deepEqual(await trial.newVms(), []);
  },
};
