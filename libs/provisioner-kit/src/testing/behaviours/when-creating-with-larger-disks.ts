import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenCreatingWithLargerDisks: Behaviour = {
  title: "grows the image's system disk and adds the second disk that is asked for",
  needs: ['create-from-image', 'disk-grow'],
  async run(trial) {
    const imageGib = (await trial.port.plan(trial.instance({ disks: [] }).spec, trial.look())).diskGib;
    const disks = [{ sizeGib: imageGib + 1 }, { sizeGib: 1 }];
    const instance = trial.instance({ disks });
    const plan = await trial.port.plan(instance.spec, trial.look());
    assert.equal(plan.diskGib, imageGib + 2, 'the plan counts what the VM will hold');
    const { status } = await trial.provision(instance);
    assert.deepEqual(status.disks, disks);
  },
};
