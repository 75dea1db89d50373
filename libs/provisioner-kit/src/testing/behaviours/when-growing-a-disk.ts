import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenGrowingADisk: Behaviour = {
  title: 'grows a disk by its position and leaves CPUs and memory as they are',
  needs: ['disk-grow'],
  async run(trial) {
    const vm = await trial.vmThatIs('off');
    const before = await trial.status(vm);
    const [first] = before.disks;
    assert.ok(first, 'the VM has a disk');
    const disks = [{ sizeGib: first.sizeGib + 1 }];
    const { cpus, memoryMib, disks: after } = await trial.resize(vm, { disks });
    assert.deepEqual({ cpus, memoryMib, disks: after }, { cpus: before.cpus, memoryMib: before.memoryMib, disks });
  },
};
