import assert from 'node:assert/strict';
import { HypervisorError } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';

export const whenTheAnswerToADeleteIsLost: Behaviour = {
  title: 'never says that a delete had no effect whose answer was lost, and finds the VM gone in the next attempt',
  faults: ['loseAnswer'],
  async run(trial) {
    const vm = await trial.vmThatIs('off');
    await trial.fault('loseAnswer')('delete');
    const [first] = await Promise.allSettled([trial.remove(vm)]);
    if (first.status === 'rejected') {
      const error: unknown = first.reason;
      assert.ok(error instanceof HypervisorError && error.effect !== 'NONE', errorTextOf(error));
    } else {
      assert.equal(first.value, 'DELETED');
    }
    const again = await trial.remove(vm, trial.context(vm.instance, { attempt: 2 }));
    assert.ok(['ABSENT', 'DELETED'].includes(again));
    assert.deepEqual(await trial.newVms(), []);
  },
};
