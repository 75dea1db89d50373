import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenTheSiteIsOverloaded: Behaviour = {
  title: 'says that the site is unavailable when it answers 503, and works when it is back',
  faults: ['answerUnavailable'],
  async run(trial) {
    const instance = trial.instance();
    const plan = await trial.port.plan(instance.spec, trial.look());
    const resolved = { spec: instance.spec, plan };
    const restore = await trial.fault('answerUnavailable')();
    try {
      const error = await refuses(trial.port.provisionVm(resolved, trial.context(instance)), {
        reason: ['SITE_OVERLOADED', 'SITE_UNREACHABLE'],
      });
      assert.deepEqual(
        { pausesSite: error.pausesSite, retryable: error.retryable, countsAsAttempt: error.countsAsAttempt },
        { pausesSite: true, retryable: true, countsAsAttempt: false },
      );
    } finally {
      await restore();
    }
    const { how } = await trial.port.provisionVm(resolved, trial.context(instance, { attempt: 2 }));
    assert.equal(how, 'created');
    assert.equal((await trial.newVms()).length, 1);
  },
};
