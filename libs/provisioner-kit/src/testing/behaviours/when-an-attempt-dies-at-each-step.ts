import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { HypervisorError, type HypervisorPort, type VmStatus } from '@dcm/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Trial } from '../trial';
import type { TrialInstance } from '../trial-context';

/** A VM with something to do in every step. */
const demanding = (trial: Trial): TrialInstance => {
  const { memoryMib } = trial.target.aVm();
  return trial.instance({ cpus: 2, memoryMib: memoryMib + 128, poweredOn: true });
};

export const whenAnAttemptDiesAtEachStep: Behaviour = {
  title:
    'makes one whole VM when an attempt dies with a change under way, whichever it was, and another takes over at once',
  unlessTarget: ['accepts-duplicate-names'],
  timeoutMs: 60_000,
  async run(trial) {
    const rehearsal = demanding(trial);
    const whole = trial.context(rehearsal);
    await trial.provision(rehearsal, whole);
    for (let step = 1; step <= whole.granted; step += 1) {
      const instance = demanding(trial);
      const plan = await trial.port.plan(instance.spec, trial.look());
      const dying = trial.context(instance).refuseClaimAfter(step);
      const other = await trial.openPort();
      // The change that was allowed last is sent, and nobody waits for its answer.
      const isUnderWay = new Promise<void>((resolve) => {
        dying.whenGranted = (): void => {
          if (dying.granted === step) setImmediate(resolve);
        };
      });
      const dead = Promise.allSettled([trial.port.provisionVm({ spec: instance.spec, plan }, dying)]);
      await isUnderWay;
      const last = await untilDone(trial, instance, other);
      await dead;
      const { cpus, memoryMib, power, complete } = last;
      const wanted = { cpus: 2, memoryMib: instance.spec.memoryMib, power: 'on', complete: true };
      assert.deepEqual({ cpus, memoryMib, power, complete }, wanted, `after the death in step ${step}`);
    }
    assert.equal((await trial.newVms()).length, whole.granted + 1, 'one VM for each instance');
  },
};

/** As the core does: attempt after attempt, while the platform asks for patience. */
async function untilDone(trial: Trial, instance: TrialInstance, port: HypervisorPort): Promise<VmStatus> {
  for (let attempt = 2; ; attempt += 1) {
    try {
      return (await trial.provision(instance, trial.context(instance, { attempt }), port)).status;
    } catch (error) {
      if (!(error instanceof HypervisorError) || !error.retryable || attempt > 20) throw error;
      await sleep(100);
    }
  }
}
