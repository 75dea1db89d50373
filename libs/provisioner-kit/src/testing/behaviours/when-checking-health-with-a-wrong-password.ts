import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenCheckingHealthWithAWrongPassword: Behaviour = {
  title: 'reports a site that refuses its login as reachable and not logged in',
  faults: ['wrongPassword'],
  async run(trial) {
    const { port, logins } = await trial.fault('wrongPassword')();
    trial.closeLater(port);
    const health = await port.checkHealth(trial.look());
    assert.deepEqual({ reachable: health.reachable, loggedIn: health.loggedIn }, { reachable: true, loggedIn: false });
    assert.ok(health.detail !== '', 'the detail says why');
    assert.ok(logins() <= 1, `${logins()} attempts to log in`);
  },
};
