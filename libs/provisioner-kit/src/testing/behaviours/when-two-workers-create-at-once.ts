import assert from 'node:assert/strict';
import { HypervisorError } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';

export const whenTwoWorkersCreateAtOnce: Behaviour = {
  title: 'makes one VM when two workers create it at once',
  unlessTarget: ['accepts-duplicate-names'],
  async run(trial) {
    const instance = trial.instance();
    const other = await trial.openPort();
    const outcomes = await Promise.allSettled([
      trial.provision(instance, trial.context(instance)),
      trial.provision(instance, trial.context(instance, { attempt: 2 }), other),
    ]);
    const made = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue;
      const error: unknown = outcome.reason;
      assert.ok(error instanceof HypervisorError, String(error));
      assert.ok(error.retryable, `who loses the race may try again: ${error.reason}`);
    }
    assert.ok(made.length > 0, 'at least one of them succeeds');
    const last = await trial.provision(instance, trial.context(instance, { attempt: 3 }));
    assert.equal(last.how, 'adopted');
    assert.deepEqual(new Set(made.map(({ status }) => status.nativeId)), new Set([last.status.nativeId]));
    assert.equal((await trial.newVms()).length, 1);
  },
};
