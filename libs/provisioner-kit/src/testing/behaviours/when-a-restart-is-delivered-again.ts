import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenARestartIsDeliveredAgain: Behaviour = {
  title: 'never repeats a restart of which it cannot tell whether an earlier attempt made it',
  needs: ['power-hard'],
  faults: ['mutations'],
  async run(trial) {
    const vm = await trial.vmThatIs('on');
    const before = await trial.fault('mutations')();
    const again = trial.context(vm.instance, { attempt: 2 });
    await refuses(trial.power(vm, { action: 'RESTART', mode: 'HARD' }, again), {
      reason: 'OUTCOME_UNKNOWN',
      effect: 'UNKNOWN',
    });
    assert.equal(await trial.fault('mutations')(), before, 'nothing was changed');
  },
};
