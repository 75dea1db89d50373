import assert from 'node:assert/strict';
import { HypervisorError } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';

export const whenTheAnswerToARestartIsLost: Behaviour = {
  title: 'calls the outcome of a restart unknown whose answer was lost, unless it can prove it, and restarts once',
  needs: ['power-hard'],
  faults: ['loseAnswer', 'mutations'],
  async run(trial) {
    const vm = await trial.vmThatIs('on');
    const before = await trial.fault('mutations')();
    await trial.fault('loseAnswer')('power');
    const action = { action: 'RESTART', mode: 'HARD' } as const;
    const [first] = await Promise.allSettled([trial.power(vm, action)]);
    if (first.status === 'rejected') {
      const error: unknown = first.reason;
      assert.ok(error instanceof HypervisorError && error.effect !== 'NONE', errorTextOf(error));
      await Promise.allSettled([trial.power(vm, action, trial.context(vm.instance, { attempt: 2 }))]);
    }
    assert.equal((await trial.fault('mutations')()) - before, 1, 'the guest was restarted once');
    assert.equal((await trial.native(vm.status.nativeId))?.power, 'on');
  },
};
