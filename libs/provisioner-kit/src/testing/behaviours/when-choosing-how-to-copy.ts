import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { keepsOrTells, type Wish } from '../wishes';

const linked: Wish = {
  feature: 'linked-clone',
  pointer: '/clone',
  with: (spec) => ({ ...spec, clone: 'linked' }),
  isThere: (trial, nativeId) => trial.target.admin.isLinked(nativeId),
};

export const whenChoosingHowToCopy: Behaviour = {
  title:
    "copies an image in full, or lets the VM's disks stand on it, as is asked; where they cannot, the plan says so",
  needs: ['create-from-image'],
  unlessTarget: ['linked-clone'],
  async run(trial) {
    const { met } = trial.target.wishes['linked-clone'];
    const { status } = await trial.vm({ ...met, clone: 'full' });
    assert.equal(await trial.target.admin.isLinked(status.nativeId), false, 'a full copy stands on nothing');
    await keepsOrTells(trial, linked);
  },
};
