import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenCreatingSwitchedOff: Behaviour = {
  title: 'leaves a VM off that is to be created off, also when it is created again',
  async run(trial) {
    const instance = trial.instance({ poweredOn: false });
    for (const attempt of [1, 2]) {
      const { status } = await trial.provision(instance, trial.context(instance, { attempt }));
      assert.equal(status.power, 'off');
    }
    assert.deepEqual(
      (await trial.newVms()).map(({ power }) => power),
      ['off'],
    );
  },
};
