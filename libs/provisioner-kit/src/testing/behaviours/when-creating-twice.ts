import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenCreatingTwice: Behaviour = {
  title: 'adopts the VM that an earlier attempt made: one VM for one instance',
  async run(trial) {
    const instance = trial.instance();
    const first = await trial.provision(instance);
    const same = await trial.provision(instance, trial.context(instance, { attempt: 2 }));
    const other = await trial.provision(instance, trial.context(instance, { attempt: 3 }), await trial.openPort());
    assert.deepEqual([first.how, same.how, other.how], ['created', 'adopted', 'adopted']);
    assert.deepEqual([same.status.nativeId, other.status.nativeId], [first.status.nativeId, first.status.nativeId]);
    assert.equal(other.status.power, 'on');
    assert.equal((await trial.newVms()).length, 1);
  },
};
