import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';
import { HypervisorError } from '@dcm/contracts';

export const whenAPausedWorkerWakesLate: Behaviour = {
  title: 'makes one VM when a worker was paused right before the creation and wakes after another has made it',
  faults: ['holdChange'],
  unlessTarget: ['accepts-duplicate-names'],
  async run(trial) {
    const instance = trial.instance();
    const { arrived, release } = await trial.fault('holdChange')();
    const paused = Promise.allSettled([trial.provision(instance)]);
    await arrived;
    const other = await trial.provision(instance, trial.context(instance, { attempt: 2 }), await trial.openPort());
    assert.equal(other.how, 'created');
    release();
    const [late] = await paused;
    if (late.status === 'fulfilled') {
      assert.deepEqual([late.value.how, late.value.status.nativeId], ['adopted', other.status.nativeId]);
    } else {
      const error: unknown = late.reason;
      assert.ok(error instanceof HypervisorError && error.retryable, errorTextOf(error));
    }
    assert.deepEqual(
      (await trial.newVms()).map(({ nativeId, power }) => [nativeId, power]),
      [[other.status.nativeId, 'on']],
    );
  },
};
