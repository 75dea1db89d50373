import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { required, snapshotsOf, takes } from '../snapshots';

const [first, middle, last] = ['one-0a1b2c3d', 'two-0a1b2c3d', 'three-0a1b2c3d'] as const;

export const whenRemovingASnapshot: Behaviour = {
  title: 'removes one snapshot and keeps those that stand on it, and the VM as it is',
  needs: ['snapshots'],
  async run(trial) {
    const vm = await trial.vmThatIs('off');
    for (const name of [first, middle, last]) await takes(trial, vm, name);
    const facet = required(trial.port.snapshots);
    for (const attempt of [1, 2]) {
      await facet.removeSnapshot(vm.ref, middle, trial.context(vm.instance, { attempt }));
      assert.deepEqual(await snapshotsOf(trial, vm), [
        { name: first, isCurrent: false },
        { name: last, isCurrent: true },
      ]);
    }
    await facet.removeSnapshot(vm.ref, first, trial.context(vm.instance));
    await facet.removeSnapshot(vm.ref, last, trial.context(vm.instance));
    assert.deepEqual(await snapshotsOf(trial, vm), []);
    assert.deepEqual((await trial.status(vm)).disks, vm.status.disks);
  },
};
