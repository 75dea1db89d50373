import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenShrinkingADisk: Behaviour = {
  title: 'refuses to shrink a disk and does nothing else of that resize either',
  needs: ['disk-grow'],
  async run(trial) {
    const vm = await trial.vmThatIs('off');
    const [first] = vm.status.disks;
    assert.ok(first, 'the VM has a disk');
    await trial.resize(vm, { disks: [{ sizeGib: first.sizeGib + 1 }] });
    const before = await trial.status(vm);
    const smaller = { cpus: 2, disks: [{ sizeGib: first.sizeGib }] };
    await refuses(trial.resize(vm, smaller), { reason: 'INVALID_SPEC', effect: 'NONE' });
    const after = await trial.status(vm);
    assert.deepEqual([after.cpus, after.disks], [before.cpus, before.disks]);
  },
};
