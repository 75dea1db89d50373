import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenAStrangerHoldsTheName: Behaviour = {
  title: 'refuses to create where a stranger holds the name, and leaves the stranger alone',
  // Where native ids follow from numbers, the number is what a stranger holds.
  unlessTarget: ['accepts-duplicate-names'],
  async run(trial) {
    const instance = trial.instance();
    const stranger = await trial.target.admin.createStranger(instance.spec.platformName);
    await refuses(trial.provision(instance), { reason: ['NAME_CONFLICT', 'NUMBER_TAKEN'], effect: 'NONE' });
    assert.deepEqual(await trial.newVms(), [stranger]);
  },
};
