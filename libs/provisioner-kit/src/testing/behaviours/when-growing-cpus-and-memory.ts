import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenGrowingCpusAndMemory: Behaviour = {
  title: 'grows CPUs and memory of a VM that is off, changes nothing else, and does nothing the second time',
  needs: ['resize-cold'],
  faults: ['mutations'],
  async run(trial) {
    const vm = await trial.vmThatIs('off');
    const before = await trial.status(vm);
    const target = { cpus: 2, memoryMib: (before.memoryMib ?? 0) + 128 };
    const { cpus, memoryMib, disks, power, ownership } = await trial.resize(vm, target);
    assert.deepEqual({ cpus, memoryMib }, target);
    assert.deepEqual(
      { disks, power, ownership },
      { disks: before.disks, power: 'off', ownership: vm.instance.ownership },
    );
    const mutations = await trial.fault('mutations')();
    await trial.resize(vm, target, trial.context(vm.instance, { attempt: 2 }));
    assert.equal(await trial.fault('mutations')(), mutations, 'the target is absolute: it is reached already');
  },
};
