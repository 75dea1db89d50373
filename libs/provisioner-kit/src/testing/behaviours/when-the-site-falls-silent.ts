import assert from 'node:assert/strict';
import { HypervisorError } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';
import { endsWithin } from '../expectations';

export const whenTheSiteFallsSilent: Behaviour = {
  title: 'does not say that nothing happened when the site falls silent after a change was sent, look-ups included',
  faults: ['hang'],
  async run(trial) {
    const instance = trial.instance();
    const plan = await trial.port.plan(instance.spec, trial.look());
    const context = trial.context(instance, { budgetMs: 1_000 });
    const hang = trial.fault('hang');
    let release: Promise<() => Promise<void>> | undefined;
    context.whenGranted = () => {
      release ??= hang();
    };
    try {
      const outcome = await endsWithin(10_000, trial.port.provisionVm({ spec: instance.spec, plan }, context));
      assert.equal(outcome.status, 'rejected', 'nothing answers');
      const error: unknown = outcome.reason;
      assert.ok(error instanceof HypervisorError, errorTextOf(error));
      assert.notEqual(error.effect, 'NONE', errorTextOf(error));
    } finally {
      await (
        await release
      )?.();
    }
    const { status } = await trial.provision(instance, trial.context(instance, { attempt: 2 }));
    assert.equal(status.power, 'on');
    assert.equal((await trial.newVms()).length, 1);
  },
};
