import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { takes } from '../snapshots';

export const whenDeletingAVmWithSnapshots: Behaviour = {
  title: 'deletes a VM that has snapshots',
  needs: ['snapshots'],
  async run(trial) {
    const vm = await trial.vmThatIs('on');
    await takes(trial, vm, 'one-0a1b2c3d');
    await takes(trial, vm, 'two-0a1b2c3d');
    assert.equal(await trial.remove(vm), 'DELETED');
    assert.deepEqual(await trial.newVms(), []);
  },
};
