import assert from 'node:assert/strict';
import { HypervisorError, OperationYielded } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { endsWithin } from '../expectations';

export const whenNoTimeIsLeft: Behaviour = {
  title: 'begins nothing when its budget is used up',
  async run(trial) {
    const instance = trial.instance();
    const plan = await trial.port.plan(instance.spec, trial.look());
    const context = trial.context(instance, { budgetMs: 0 });
    const outcome = await endsWithin(5_000, trial.port.provisionVm({ spec: instance.spec, plan }, context));
    assert.equal(outcome.status, 'rejected');
    const error: unknown = outcome.reason;
    if (!(error instanceof OperationYielded)) {
      assert.ok(error instanceof HypervisorError, String(error));
      assert.equal(error.code, 'DEADLINE_EXCEEDED');
    }
    assert.deepEqual(await trial.newVms(), [], 'nothing was made');
  },
};
