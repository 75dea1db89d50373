import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { required, snapshotsOf, takes } from '../snapshots';

export const whenRevertingToASnapshot: Behaviour = {
  title: 'leads a VM back to the state of a snapshot, which is the current one then, and keeps the others',
  needs: ['snapshots', 'resize-cold'],
  unlessTarget: ['snapshots-keep-no-state'],
  async run(trial) {
    const vm = await trial.vmThatIs('off');
    await takes(trial, vm, 'small-0a1b2c3d');
    await trial.resize(vm, { cpus: 2 });
    await takes(trial, vm, 'large-0a1b2c3d');
    const facet = required(trial.port.snapshots);
    const back = await facet.revertSnapshot(vm.ref, 'small-0a1b2c3d', trial.context(vm.instance));
    assert.deepEqual([back.cpus, back.power], [vm.status.cpus, 'off']);
    assert.deepEqual(await snapshotsOf(trial, vm), [
      { name: 'small-0a1b2c3d', isCurrent: true },
      { name: 'large-0a1b2c3d', isCurrent: false },
    ]);
    const forth = await facet.revertSnapshot(vm.ref, 'large-0a1b2c3d', trial.context(vm.instance));
    assert.equal(forth.cpus, 2);
    assert.deepEqual(forth.ownership, vm.instance.ownership);
  },
};
