import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenAnAttemptDiedBeforePowerOn: Behaviour = {
  title: 'finishes what an earlier attempt left off: it powers on the VM that it adopts',
  async run(trial) {
    const { instance, status } = await trial.vm({ poweredOn: false });
    const wanted = { ...instance, spec: { ...instance.spec, poweredOn: true } };
    const { how, status: finished } = await trial.provision(wanted, trial.context(instance, { attempt: 2 }));
    assert.deepEqual(
      { how, nativeId: finished.nativeId, power: finished.power },
      { how: 'adopted', nativeId: status.nativeId, power: 'on' },
    );
    assert.equal((await trial.newVms()).length, 1);
  },
};
