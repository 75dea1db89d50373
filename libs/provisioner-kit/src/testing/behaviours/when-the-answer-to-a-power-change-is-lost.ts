import assert from 'node:assert/strict';
import { HypervisorError } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';

export const whenTheAnswerToAPowerChangeIsLost: Behaviour = {
  title: 'never says that a power change had no effect whose answer was lost, and does not make it twice',
  needs: ['power-hard'],
  faults: ['loseAnswer', 'mutations'],
  async run(trial) {
    const vm = await trial.vmThatIs('on');
    await trial.fault('loseAnswer')('power');
    const [first] = await Promise.allSettled([trial.power(vm, { action: 'OFF', mode: 'HARD' })]);
    if (first.status === 'rejected') {
      const error: unknown = first.reason;
      assert.ok(error instanceof HypervisorError && error.effect !== 'NONE', errorTextOf(error));
    }
    assert.equal((await trial.native(vm.status.nativeId))?.power, 'off');
    const before = await trial.fault('mutations')();
    const again = trial.context(vm.instance, { attempt: 2 });
    assert.equal((await trial.power(vm, { action: 'OFF', mode: 'HARD' }, again)).power, 'off');
    assert.equal(await trial.fault('mutations')(), before, 'it was off already');
  },
};
