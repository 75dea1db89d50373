import assert from 'node:assert/strict';
import { HypervisorError } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';

export const whenTheAnswerToAResizeIsLost: Behaviour = {
  title: 'never says that a resize had no effect whose answer was lost, and reaches the target in the next attempt',
  needs: ['resize-cold', 'disk-grow'],
  faults: ['loseAnswer'],
  async run(trial) {
    const vm = await trial.vmThatIs('off');
    const target = { cpus: 2, disks: [...vm.status.disks, { sizeGib: 1 }] };
    await trial.fault('loseAnswer')('resize');
    const [first] = await Promise.allSettled([trial.resize(vm, target)]);
    if (first.status === 'rejected') {
      const error: unknown = first.reason;
      assert.ok(error instanceof HypervisorError && error.effect !== 'NONE', errorTextOf(error));
    }
    const { cpus, disks } = await trial.resize(vm, target, trial.context(vm.instance, { attempt: 2 }));
    assert.deepEqual({ cpus, disks }, target);
  },
};
