import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenAStrangerHoldsTheName: Behaviour = {
  title: 'refuses to create where a stranger holds the name, and leaves the stranger alone',
  unlessTarget: ['accepts-duplicate-names'],
  async run(trial) {
    const instance = trial.instance();
    const stranger = await trial.target.admin.createStranger(instance.spec.platformName);
    await refuses(trial.provision(instance), { reason: 'NAME_CONFLICT', effect: 'NONE' });
    assert.deepEqual(await trial.newVms(), [stranger]);
  },
};
