import { OperationYielded, type VmSpec } from '@dcm/contracts';
import type { TrialContext, TrialInstance } from '@dcm/provisioner-kit/testing';
import type { VsphereAdapter } from '../src/vsphere.adapter';
import { Stand, START_TIMEOUT_MS } from './stand';
import { until } from './until';

const CLONE_MS = 600;

describe('copies of a template', () => {
  let stand: Stand;

  beforeAll(async () => {
    const size = { cpus: 1, memoryMib: 1024, diskGib: 8 };
    const templates = [
      { name: 'debian-12-template', ...size },
      { name: 'snapped', ...size, snapshot: true },
    ];
    stand = await Stand.start({ templates, taskDelaysMs: { CloneVM_Task: CLONE_MS } });
  }, START_TIMEOUT_MS);
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  interface Run {
    readonly instance: TrialInstance;
    readonly context: TrialContext;
    readonly end: Promise<unknown>;
  }

  function start(adapter: VsphereAdapter, overrides: Partial<VmSpec> = {}, budgetMs = 30_000): Run {
    const instance = stand.instance({ poweredOn: false, ...overrides });
    const context = stand.context(instance, { budgetMs });
    return { instance, context, end: stand.provision(adapter, instance, context).catch((error: unknown) => error) };
  }

  const waits = ({ context }: Run): boolean => context.steps.some(({ step }) => step === 'waiting for a clone place');

  it('are made so many at once as the site allows, the others in order of arrival', async () => {
    const adapter = stand.open({ options: { maxClonesPerHost: 1 } });
    const runs: Run[] = [];
    const order: number[] = [];
    for (const number of [0, 1, 2]) {
      const run = start(adapter);
      runs.push(run);
      void run.end.then(() => order.push(number));
      await until(() => Promise.resolve(run.context.granted > 0 || waits(run)));
    }
    expect(runs.map(waits)).toEqual([false, true, true]);
    expect(runs.map(({ context }) => context.granted)).toEqual([1, 0, 0]);
    await Promise.all(runs.map(({ end }) => end));
    expect(order).toEqual([0, 1, 2]);
    expect(await stand.admin.listVms()).toHaveLength(3);
  });

  it('wait no longer than their attempt may, or than their caller wants, and have done nothing then', async () => {
    const adapter = stand.open({ options: { maxClonesPerHost: 1 } });
    const first = start(adapter);
    await until(() => Promise.resolve(first.context.granted > 0));
    const late = start(adapter, {}, 300);
    const unwanted = start(adapter);
    await until(() => Promise.resolve(waits(late) && waits(unwanted)));
    unwanted.context.cancel();
    expect(await unwanted.end).toMatchObject({ reason: 'CANCELLED', effect: 'NONE' });
    expect(await late.end).toBeInstanceOf(OperationYielded);
    expect(await stand.namesakes(late.instance)).toEqual([]);
    await first.end;
    const again = await stand.provision(adapter, late.instance);
    expect(again.how).toBe('created');
  });

  it('cost a quarter of a place when they are linked clones', async () => {
    const adapter = stand.open({ options: { maxClonesPerHost: 1 } });
    const linked = { image: { name: 'snapped', source: 'snapped' }, metadata: { linkedClone: true } };
    const runs = Array.from({ length: 5 }, () => start(adapter, linked));
    await until(() => Promise.resolve(runs.every((run) => run.context.granted > 0 || waits(run))));
    expect(runs.filter(waits)).toHaveLength(1);
    await Promise.all(runs.map(({ end }) => end));
    expect(await stand.admin.listVms()).toHaveLength(5);
  });
});
