import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenThePasswordIsWrong: Behaviour = {
  title: 'says that its credentials are wrong after one attempt to log in, because a loop locks the account',
  faults: ['wrongPassword'],
  async run(trial) {
    const { port, logins } = await trial.fault('wrongPassword')();
    trial.closeLater(port);
    const error = await refuses(port.listResources(trial.look()), { reason: 'INVALID_CREDENTIALS', effect: 'NONE' });
    assert.ok(error.pausesSite, 'the site is to pause');
    assert.ok(!error.countsAsAttempt, 'it counts as no attempt of the operation');
    assert.equal(logins(), 1);
  },
};
