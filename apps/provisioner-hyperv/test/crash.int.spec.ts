import { setTimeout as pause } from 'node:timers/promises';
import { HypervisorError, type ProvisionedVm } from '@dcm/contracts';
import { readContext, type TrialInstance } from '@dcm/provisioner-kit/testing';
import { WorkerPool } from '../src/powershell/worker.pool';
import { Stand } from './stand';

const POINTS = 30;
const EVERY_MS = 3;
/** What each cmdlet costs: a creating batch takes a dozen of them. */
const CMDLET_MS = 8;

describe('creations whose worker is lost', () => {
  let stand: Stand;

  beforeEach(async () => {
    stand = await Stand.start({ cmdletMs: CMDLET_MS });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await stand.stop();
  });

  /** As the core does: attempt after attempt, while the platform asks for patience. */
  async function untilDone(instance: TrialInstance, first: number): Promise<ProvisionedVm> {
    const port = stand.open();
    for (let attempt = first; ; attempt += 2) {
      try {
        return await stand.provision(port, instance, stand.context(instance, { attempt }));
      } catch (error) {
        if (!(error instanceof HypervisorError) || !error.retryable || attempt > 40) throw error;
        await pause(20);
      }
    }
  }

  /** The connections of the first worker are cut so long after it began; what it has sent goes on. Then two try again at once. */
  async function crash(afterMs: number): Promise<{ vms: number; ids: number; failed: unknown[] }> {
    const instance = stand.instance({ poweredOn: false });
    const first = stand.open();
    const plan = await first.plan(instance.spec, readContext());
    const context = stand.context(instance);
    const isSent = new Promise<void>((resolve) => (context.whenGranted = resolve));
    const dying = Promise.allSettled([first.provisionVm({ spec: instance.spec, plan }, context)]);
    await isSent;
    await pause(afterMs);
    context.refuseClaimAfter(0);
    stand.simulator.proxy.cut('reset');
    const outcomes = await Promise.allSettled([untilDone(instance, 2), untilDone(instance, 3)]);
    await dying;
    await stand.clear();
    const ids = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value.status.nativeId] : []));
    const failed = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    return { vms: stand.namesakes(instance).length, ids: new Set(ids).size, failed };
  }

  it('end with one VM each, at thirty moments and with two who try again', async () => {
    const seen: unknown[] = [];
    for (let point = 0; point < POINTS; point += 1) seen.push(await crash(point * EVERY_MS));
    expect(seen).toEqual(Array.from({ length: POINTS }, () => ({ vms: 1, ids: 1, failed: [] })));
  }, 240_000);

  it('would end with two without the mutex', async () => {
    const run = WorkerPool.prototype.run;
    jest.spyOn(WorkerPool.prototype, 'run').mockImplementation(function (this: WorkerPool, batch, options) {
      return run.call(this, { steps: batch.steps, return: batch.return }, options);
    });
    let duplicates = 0;
    // One is proof enough; DCM_CRASH_POINTS=all counts them.
    const isEnough = (): boolean => duplicates > 0 && process.env['DCM_CRASH_POINTS'] !== 'all';
    for (let point = 0; point < POINTS && !isEnough(); point += 1) {
      if ((await crash(point * EVERY_MS)).vms > 1) duplicates += 1;
    }
    if (process.env['DCM_CRASH_POINTS'] === 'all') process.stdout.write(`${duplicates} of ${POINTS} with duplicates\n`);
    expect(duplicates).toBeGreaterThan(0);
  }, 240_000);
});
