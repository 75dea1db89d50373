import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenCreatingBlank: Behaviour = {
  title: 'creates a blank VM that stays off',
  needs: ['create-blank'],
  async run(trial) {
    const { instance, status } = await trial.vm({ image: null, disks: [{ sizeGib: 1 }], poweredOn: false });
    assert.deepEqual(
      { complete: status.complete, power: status.power, disks: status.disks, ownership: status.ownership },
      { complete: true, power: 'off', disks: [{ sizeGib: 1 }], ownership: instance.ownership },
    );
    assert.deepEqual(await trial.newVms(), [
      { nativeId: status.nativeId, name: instance.spec.platformName, power: 'off' },
    ]);
  },
};
