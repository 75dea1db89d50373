import assert from 'node:assert/strict';
import { HypervisorError, type DeleteOutcome } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorTextOf } from '../error-text';
import { found } from '../leaves-alone';
import type { Trial } from '../trial';
import type { TrialInstance } from '../trial-context';

export const whenDeletingWhileCreating: Behaviour = {
  title: 'deletes a VM whose creation is under way, and leaves nothing behind',
  async run(trial) {
    const instance = trial.instance();
    const plan = await trial.port.plan(instance.spec, trial.look());
    const creating = trial.context(instance).refuseClaimAfter(1);
    const isUnderWay = new Promise<void>((resolve) => {
      creating.whenGranted = () => setTimeout(resolve, 30);
    });
    const created = Promise.allSettled([trial.port.provisionVm({ spec: instance.spec, plan }, creating)]);
    await isUnderWay;
    await deleteUntilDone(trial, instance);
    await created;
    // What the late creation may have left is found by the second look that the core takes.
    await deleteUntilDone(trial, instance);
    assert.deepEqual(await found(trial, instance.ownership), []);
    assert.deepEqual(await trial.newVms(), []);
  },
};

/** As the core does: attempt after attempt, while the platform asks for patience. */
async function deleteUntilDone(trial: Trial, instance: TrialInstance): Promise<DeleteOutcome> {
  const target = { ownership: instance.ownership, nativeIds: [] };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await trial.port.deleteVm(target, trial.context(instance, { attempt }));
    } catch (error) {
      assert.ok(error instanceof HypervisorError && error.retryable && attempt < 20, errorTextOf(error));
      await sleep(100);
    }
  }
}
