import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenTheSiteRefusesConnections: Behaviour = {
  title: 'says that the site is unreachable when nobody listens, with no effect, and works when it is back',
  faults: ['refuseConnections'],
  async run(trial) {
    const instance = trial.instance();
    const plan = await trial.port.plan(instance.spec, trial.look());
    const resolved = { spec: instance.spec, plan };
    const port = await trial.openPort();
    const restore = await trial.fault('refuseConnections')();
    try {
      const error = await refuses(port.provisionVm(resolved, trial.context(instance)), {
        reason: 'SITE_UNREACHABLE',
        effect: 'NONE',
      });
      assert.deepEqual([error.pausesSite, error.countsAsAttempt], [true, false]);
      const health = await port.checkHealth(trial.look());
      assert.deepEqual([health.reachable, health.loggedIn], [false, false], 'a broken site is no exception');
    } finally {
      await restore();
    }
    assert.equal((await port.provisionVm(resolved, trial.context(instance, { attempt: 2 }))).how, 'created');
    assert.equal((await port.checkHealth(trial.look())).loggedIn, true);
  },
};
