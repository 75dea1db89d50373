import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';
import { required, snapshotsOf, takes } from '../snapshots';

export const whenASnapshotIsUnknown: Behaviour = {
  title: 'refuses to revert to a snapshot that is not there, and finds nothing to do in removing it',
  needs: ['snapshots'],
  async run(trial) {
    const vm = await trial.vmThatIs('off');
    await takes(trial, vm, 'known-0a1b2c3d');
    const facet = required(trial.port.snapshots);
    const refusal = { reason: 'SNAPSHOT_NOT_FOUND', effect: 'NONE' } as const;
    await refuses(facet.revertSnapshot(vm.ref, 'unknown-0a1b2c3d', trial.context(vm.instance)), refusal);
    await facet.removeSnapshot(vm.ref, 'unknown-0a1b2c3d', trial.context(vm.instance));
    assert.deepEqual(await snapshotsOf(trial, vm), [{ name: 'known-0a1b2c3d', isCurrent: true }]);
  },
};
