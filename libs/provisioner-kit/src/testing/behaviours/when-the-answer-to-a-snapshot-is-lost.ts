import assert from 'node:assert/strict';
import { HypervisorError } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';
import { snapshotsOf, takes } from '../snapshots';

export const whenTheAnswerToASnapshotIsLost: Behaviour = {
  title: 'makes one snapshot when the answer is lost and the operation is tried again',
  needs: ['snapshots'],
  faults: ['loseAnswer'],
  async run(trial) {
    const vm = await trial.vmThatIs('off');
    await trial.fault('loseAnswer')('snapshot');
    const [first] = await Promise.allSettled([takes(trial, vm, 'once-0a1b2c3d')]);
    if (first.status === 'rejected') {
      const error: unknown = first.reason;
      assert.ok(error instanceof HypervisorError && error.effect !== 'NONE', errorTextOf(error));
    }
    await takes(trial, vm, 'once-0a1b2c3d', { attempt: 2 });
    assert.deepEqual(await snapshotsOf(trial, vm), [{ name: 'once-0a1b2c3d', isCurrent: true }]);
  },
};
