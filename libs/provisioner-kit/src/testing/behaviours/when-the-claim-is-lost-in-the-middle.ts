import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenTheClaimIsLostInTheMiddle: Behaviour = {
  title: 'stops in the middle when its claim is lost, and another worker finishes the same VM',
  async run(trial) {
    const rehearsal = trial.instance();
    const whole = trial.context(rehearsal);
    await trial.provision(rehearsal, whole);
    for (let allowed = 1; allowed < whole.granted; allowed += 1) {
      const instance = trial.instance();
      const broken = trial.context(instance).refuseClaimAfter(allowed);
      await refuses(trial.provision(instance, broken), { reason: 'CLAIM_LOST' });
      const last = await trial.provision(instance, trial.context(instance, { attempt: 2 }), await trial.openPort());
      assert.equal(last.status.power, 'on');
      assert.equal(last.status.complete, true);
      const found = await trial.port.findVm(instance.ownership, { nativeIds: [], earlierNumbers: [] }, trial.look());
      assert.deepEqual(
        found.map(({ nativeId }) => nativeId),
        [last.status.nativeId],
      );
    }
    assert.equal((await trial.newVms()).length, whole.granted, 'one VM for each instance');
  },
};
