import assert from 'node:assert/strict';
import { HypervisorError, OperationYielded } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';
import { endsWithin } from '../expectations';

export const whenTimeRunsOutInTheMiddle: Behaviour = {
  title:
    'ends at once when its time runs out in the middle, claims nothing that is not proven, and goes on in the next attempt',
  async run(trial) {
    const instance = trial.instance();
    const plan = await trial.port.plan(instance.spec, trial.look());
    const context = trial.context(instance);
    context.whenGranted = () => setImmediate(() => context.runOut());
    const outcome = await endsWithin(5_000, trial.port.provisionVm({ spec: instance.spec, plan }, context));
    assert.equal(context.granted, 1, 'nothing was changed after the time was up');
    if (outcome.status === 'rejected' && !(outcome.reason instanceof OperationYielded)) {
      const error: unknown = outcome.reason;
      assert.ok(error instanceof HypervisorError, errorTextOf(error));
      assert.notEqual(error.effect, 'NONE', `a change was sent: ${errorTextOf(error)}`);
      assert.equal(error.code, 'DEADLINE_EXCEEDED', errorTextOf(error));
    }
    const resume =
      outcome.status === 'rejected' && outcome.reason instanceof OperationYielded
        ? outcome.reason.resume
        : context.checkpoints.at(-1);
    const again = trial.context(instance, { attempt: 2, ...(resume !== undefined && { resume }) });
    const { status } = await trial.provision(instance, again, await trial.openPort());
    assert.equal(status.power, 'on');
    assert.equal((await trial.newVms()).length, 1);
  },
};
