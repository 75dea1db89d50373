import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenTheSiteIsSlow: Behaviour = {
  title: 'works as ever on a site whose every answer takes its time',
  faults: ['slow'],
  timeoutMs: 60_000,
  async run(trial) {
    const instance = trial.instance();
    const restore = await trial.fault('slow')();
    try {
      const { how, status } = await trial.provision(instance);
      assert.deepEqual([how, status.power], ['created', 'on']);
    } finally {
      await restore();
    }
    assert.equal((await trial.newVms()).length, 1);
  },
};
