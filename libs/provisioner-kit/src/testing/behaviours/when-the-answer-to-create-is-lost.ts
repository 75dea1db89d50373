import assert from 'node:assert/strict';
import { HypervisorError } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';

export const whenTheAnswerToCreateIsLost: Behaviour = {
  title: 'makes one VM when the answer to the creation is lost and the operation is tried again',
  faults: ['loseCreateAnswer'],
  async run(trial) {
    const instance = trial.instance();
    await trial.fault('loseCreateAnswer')();
    const [first] = await Promise.allSettled([trial.provision(instance)]);
    if (first.status === 'rejected') {
      const error: unknown = first.reason;
      assert.ok(error instanceof HypervisorError, errorTextOf(error));
      assert.notEqual(error.effect, 'NONE', `no answer is no proof that nothing happened: ${errorTextOf(error)}`);
    }
    const last = await trial.provision(instance, trial.context(instance, { attempt: 2 }), await trial.openPort());
    assert.deepEqual({ how: last.how, power: last.status.power }, { how: 'adopted', power: 'on' });
    assert.equal((await trial.newVms()).length, 1);
  },
};
