import assert from 'node:assert/strict';
import { vmStatusSchema } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { refOf } from '../trial';

export const whenCreatingFromAnImage: Behaviour = {
  title: 'creates a VM from an image with size, mark and power as asked, and reads it back',
  needs: ['create-from-image'],
  async run(trial) {
    const { memoryMib } = trial.target.aVm();
    const instance = trial.instance({ cpus: 2, memoryMib: memoryMib + 128, poweredOn: true });
    const context = trial.context(instance);
    const { how, status } = await trial.provision(instance, context);

    assert.equal(how, 'created');
    vmStatusSchema.parse(status);
    assert.deepEqual(
      { complete: status.complete, power: status.power, cpus: status.cpus, memoryMib: status.memoryMib },
      { complete: true, power: 'on', cpus: 2, memoryMib: memoryMib + 128 },
    );
    assert.equal(status.name, instance.spec.platformName);
    assert.deepEqual(status.ownership, instance.ownership);
    assert.ok(status.disks.length > 0, 'it has the disk of its image');

    const [vm, ...others] = await trial.newVms();
    assert.deepEqual(others, []);
    assert.deepEqual(vm, { nativeId: status.nativeId, name: instance.spec.platformName, power: 'on' });
    const read = await trial.port.getVmStatus(refOf(instance, status), trial.look());
    assert.deepEqual({ ...read, observedAt: '' }, { ...status, observedAt: '' });
    const found = await trial.port.findVm(instance.ownership, { nativeIds: [], earlierNumbers: [] }, trial.look());
    assert.deepEqual(
      found.map((one) => one.nativeId),
      [status.nativeId],
      'it is found by its mark alone',
    );

    const percents = context.steps.map(({ percent }) => percent);
    assert.ok(percents.length > 0, 'progress is told');
    assert.ok(
      percents.every((percent, index) => percent >= (percents[index - 1] ?? 0) && percent < 100),
      `progress rises and stays below 100: ${percents.join(', ')}`,
    );
  },
};
