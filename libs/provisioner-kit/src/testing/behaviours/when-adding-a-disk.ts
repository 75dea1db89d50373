import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenAddingADisk: Behaviour = {
  title: 'adds the disk that the target has more, once',
  needs: ['disk-grow'],
  async run(trial) {
    const vm = await trial.vmThatIs('off');
    const disks = [...vm.status.disks, { sizeGib: 1 }];
    for (const attempt of [1, 2]) {
      const after = await trial.resize(vm, { disks }, trial.context(vm.instance, { attempt }));
      assert.deepEqual(after.disks, disks, `attempt ${attempt}`);
    }
  },
};
