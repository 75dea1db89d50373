import assert from 'node:assert/strict';
import { HypervisorError } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { endsWithin, refuses } from '../expectations';

export const whenTheSiteHangs: Behaviour = {
  title: 'ends in time when the site hangs: at the deadline of a read, at once when cancelled',
  faults: ['hang'],
  async run(trial) {
    const vm = await trial.vm();
    const release = await trial.fault('hang')();
    try {
      const read = endsWithin(5_000, trial.port.getVmStatus(vm.ref, trial.look(500)));
      const late = { reason: ['CALL_TIMEOUT', 'BUDGET_EXHAUSTED', 'SITE_UNREACHABLE'], effect: 'NONE' } as const;
      await refuses(
        read.then((outcome) => {
          if (outcome.status === 'rejected') throw outcome.reason;
        }),
        late,
      );
      const context = trial.context(vm.instance);
      const power = trial.power(vm, { action: 'OFF', mode: 'HARD' }, context);
      setTimeout(() => context.cancel(), 100);
      const outcome = await endsWithin(5_000, power);
      assert.equal(outcome.status, 'rejected', 'a cancelled operation does not succeed');
      const error: unknown = outcome.reason;
      assert.ok(error instanceof HypervisorError, String(error));
      assert.ok(context.granted === 0 || error.effect !== 'NONE', 'what was sent and not answered may have happened');
    } finally {
      await release();
    }
    await trial.port.getVmStatus(vm.ref, trial.look());
  },
};
