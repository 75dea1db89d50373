import assert from 'node:assert/strict';
import { HypervisorError } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';

export const whenResizingARunningVm: Behaviour = {
  title: 'grows a running VM, or refuses that with nothing changed and the VM still running',
  async run(trial) {
    const vm = await trial.vmThatIs('on');
    const before = await trial.status(vm);
    const [outcome] = await Promise.allSettled([trial.resize(vm, { cpus: 2 })]);
    const after = await trial.status(vm);
    assert.equal(after.power, 'on');
    if (outcome.status === 'fulfilled') {
      assert.ok(trial.supports('resize-hot'), 'what works is declared');
      assert.equal(after.cpus, 2);
      return;
    }
    const error: unknown = outcome.reason;
    assert.ok(error instanceof HypervisorError, errorTextOf(error));
    assert.ok(['INVALID_POWER_STATE', 'UNSUPPORTED'].includes(error.reason), errorTextOf(error));
    assert.equal(error.effect, 'NONE', errorTextOf(error));
    assert.equal(after.cpus, before.cpus);
  },
};
