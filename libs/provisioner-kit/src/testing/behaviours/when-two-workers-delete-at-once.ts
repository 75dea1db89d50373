import assert from 'node:assert/strict';
import { HypervisorError } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';

export const whenTwoWorkersDeleteAtOnce: Behaviour = {
  title: 'deletes a VM once when two workers delete it at once, and neither fails for good',
  async run(trial) {
    const vm = await trial.vmThatIs('on');
    const other = await trial.openPort();
    const outcomes = await Promise.allSettled([
      trial.remove(vm),
      trial.remove(vm, trial.context(vm.instance, { attempt: 2 }), other),
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') assert.ok(['DELETED', 'ABSENT'].includes(outcome.value));
      else {
        const error: unknown = outcome.reason;
        assert.ok(error instanceof HypervisorError && error.retryable, errorTextOf(error));
      }
    }
    const last = await trial.remove(vm, trial.context(vm.instance, { attempt: 3 }));
    assert.ok(['DELETED', 'ABSENT'].includes(last));
    assert.deepEqual(await trial.newVms(), []);
  },
};
