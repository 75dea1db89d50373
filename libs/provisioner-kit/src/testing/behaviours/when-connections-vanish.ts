import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { endsWithin } from '../expectations';

export const whenConnectionsVanish: Behaviour = {
  title: 'recovers when the peer of its connections is gone without a word: by its deadline, on new connections',
  faults: ['loseConnections'],
  async run(trial) {
    const vm = await trial.vm({ poweredOn: false });
    await trial.fault('loseConnections')();
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await endsWithin(5_000, trial.port.getVmStatus(vm.ref, trial.look(1_000)));
      if (outcome.status === 'fulfilled') break;
      assert.ok(attempt < 12, 'it does not find its way back');
    }
    assert.equal((await trial.power(vm, { action: 'ON' })).power, 'on');
  },
};
