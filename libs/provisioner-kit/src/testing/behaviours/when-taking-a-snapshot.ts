import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { snapshotsOf, takes } from '../snapshots';

export const whenTakingASnapshot: Behaviour = {
  title: 'takes a snapshot, with a name and a description to the letter, and takes it once however often it is asked',
  needs: ['snapshots'],
  faults: ['mutations'],
  async run(trial) {
    const vm = await trial.vmThatIs('off');
    const name = 'before-update-0a1b2c3d';
    const status = await takes(trial, vm, name, { description: '<b>&"\'ünïcödé 日本語 😀' });
    assert.equal(status.power, 'off');
    assert.deepEqual(await snapshotsOf(trial, vm), [{ name, isCurrent: true }]);
    const before = await trial.fault('mutations')();
    await takes(trial, vm, name, { attempt: 2 });
    assert.equal(await trial.fault('mutations')(), before, 'it was there already');
    assert.deepEqual(await snapshotsOf(trial, vm), [{ name, isCurrent: true }]);
  },
};
