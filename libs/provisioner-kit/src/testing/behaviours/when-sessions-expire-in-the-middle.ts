import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenSessionsExpireInTheMiddle: Behaviour = {
  title: 'finishes a creation although its session expires again and again, right before a change and right after it',
  faults: ['expireSessions'],
  async run(trial) {
    const expire = trial.fault('expireSessions');
    const moments: ((act: () => void) => void)[] = [
      (act) => {
        act();
      },
      (act) => setTimeout(act, 20),
    ];
    for (const when of moments) {
      const instance = trial.instance();
      const context = trial.context(instance);
      // Asked again for the call that is repeated, it finds the new session good.
      context.whenGranted = () => {
        if (context.granted % 2 === 1) when(() => void expire());
      };
      const { how, status } = await trial.provision(instance, context);
      assert.deepEqual([how, status.power], ['created', 'on']);
    }
    assert.equal((await trial.newVms()).length, 2);
  },
};
