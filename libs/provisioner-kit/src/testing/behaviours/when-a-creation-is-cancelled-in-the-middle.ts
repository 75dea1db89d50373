import assert from 'node:assert/strict';
import { HypervisorError, OperationYielded } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';
import { endsWithin } from '../expectations';
import { found } from '../leaves-alone';

export const whenACreationIsCancelledInTheMiddle: Behaviour = {
  title: 'ends soon when it is cancelled in the middle of a creation, and leaves nothing that it does not report',
  async run(trial) {
    const instance = trial.instance();
    const plan = await trial.port.plan(instance.spec, trial.look());
    const context = trial.context(instance);
    context.whenGranted = () => setImmediate(() => context.cancel());
    const outcome = await endsWithin(10_000, trial.port.provisionVm({ spec: instance.spec, plan }, context));
    assert.equal(context.granted, 1, 'nothing was changed after the cancellation');
    if (outcome.status === 'rejected' && !(outcome.reason instanceof OperationYielded)) {
      const error: unknown = outcome.reason;
      assert.ok(error instanceof HypervisorError, errorTextOf(error));
      assert.equal(error.reason, 'CANCELLED', errorTextOf(error));
      if (error.effect === 'NONE') assert.deepEqual(await trial.newVms(), [], 'it says that nothing was made');
    }
    const target = { ownership: instance.ownership, nativeIds: [] };
    const removing = trial.context(instance, { attempt: 2 });
    assert.ok(['DELETED', 'ABSENT'].includes(await trial.port.deleteVm(target, removing)));
    assert.deepEqual(await found(trial, instance.ownership), []);
    assert.deepEqual(await trial.newVms(), [], 'a delete finds what was left');
  },
};
