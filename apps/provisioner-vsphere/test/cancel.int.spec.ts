import { HypervisorError } from '@dcm/contracts';
import type { TrialContext } from '@dcm/provisioner-kit/testing';
import { Stand, START_TIMEOUT_MS } from './stand';
import { until } from './until';

/** Longer than any of these tests takes: what ends sooner was cancelled. */
const LONG_MS = 3_000;

describe('an operation that is cancelled while vCenter works', () => {
  let stand: Stand;

  beforeAll(async () => {
    const taskDelaysMs = { CloneVM_Task: LONG_MS, CreateSnapshot_Task: LONG_MS, PowerOnVM_Task: 1_000 };
    stand = await Stand.start({ taskDelaysMs });
  }, START_TIMEOUT_MS);
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  const isStarted = (ctx: TrialContext): Promise<void> => until(() => ctx.checkpoints.length > 0);

  it('takes its clone back, and says that nothing is left', async () => {
    const instance = stand.instance();
    const ctx = stand.context(instance);
    const making = stand.provision(stand.open(), instance, ctx);
    await isStarted(ctx);
    expect(await stand.namesakes(instance)).toHaveLength(1);
    ctx.cancel();
    await expect(making).rejects.toMatchObject({ reason: 'CANCELLED', effect: 'NONE' });
    expect(stand.proxy.count('CancelTask')).toBe(1);
    expect(await stand.namesakes(instance)).toEqual([]);
  });

  it('takes the clone of an earlier attempt back, and leaves it to a look whether more was done', async () => {
    const instance = stand.instance();
    const first = stand.context(instance);
    const lost = stand.provision(stand.open(), instance, first).catch(() => undefined);
    await isStarted(first);
    const second = stand.context(instance, { attempt: 2, resume: first.checkpoints.at(-1)! });
    const again = stand.provision(stand.open(), instance, second);
    await isStarted(second);
    second.cancel();
    await expect(again).rejects.toMatchObject({ reason: 'CANCELLED', effect: 'UNKNOWN' });
    expect(await stand.namesakes(instance)).toEqual([]);
    await lost;
  });

  it('leaves the clone to the next worker when only the claim was lost', async () => {
    const instance = stand.instance();
    const ctx = stand.context(instance);
    const before = stand.proxy.count('CancelTask');
    const abort = new AbortController();
    Object.defineProperty(ctx, 'signal', { value: abort.signal });
    const making = stand.provision(stand.open(), instance, ctx);
    await isStarted(ctx);
    abort.abort(new HypervisorError('CLAIM_LOST', 'taken over', { effect: 'UNKNOWN' }));
    await expect(making).rejects.toMatchObject({ reason: 'CLAIM_LOST', effect: 'UNKNOWN' });
    expect(stand.proxy.count('CancelTask')).toBe(before);
    const ids = await stand.namesakes(instance);
    expect(ids).toHaveLength(1);
    await stand.admin.deleteVm(ids[0]!);
  }, 30_000);

  it('says that a VM exists when the clone was quicker', async () => {
    const instance = stand.instance();
    const ctx = stand.context(instance);
    stand.proxy.refuse('CancelTask', 'InvalidState');
    const making = stand.provision(stand.open(), instance, ctx);
    await isStarted(ctx);
    ctx.cancel();
    await expect(making).rejects.toMatchObject({ reason: 'CANCELLED', effect: 'PARTIAL' });
    expect(await stand.namesakes(instance)).toHaveLength(1);
  }, 30_000);

  it('lets go on what cannot be cancelled, and does not say what becomes of it', async () => {
    const adapter = stand.open();
    const { instance, ref } = await stand.vm(adapter, { poweredOn: false, image: null, disks: [{ sizeGib: 1 }] });
    const ctx = stand.context(instance);
    const before = stand.proxy.count('CancelTask');
    const starting = adapter.powerCycle(ref, { action: 'ON' }, ctx);
    await isStarted(ctx);
    ctx.cancel();
    await expect(starting).rejects.toMatchObject({ reason: 'CANCELLED', effect: 'UNKNOWN' });
    expect(stand.proxy.count('CancelTask')).toBe(before);
    const again = stand.context(instance, { attempt: 2 });
    expect(await adapter.powerCycle(ref, { action: 'OFF', mode: 'HARD' }, again)).toMatchObject({ power: 'off' });
  });

  it('takes its snapshot back', async () => {
    const adapter = stand.open();
    const { instance, ref } = await stand.vm(adapter, { poweredOn: false, image: null, disks: [{ sizeGib: 1 }] });
    const ctx = stand.context(instance);
    const wish = { name: 'a', description: '', memory: false };
    const taking = adapter.snapshots.createSnapshot(ref, wish, ctx);
    await isStarted(ctx);
    ctx.cancel();
    await expect(taking).rejects.toMatchObject({ reason: 'CANCELLED', effect: 'NONE' });
    expect(await stand.admin.snapshots(ref.nativeId)).toEqual([]);
  });
});

describe('a VM with a task of somebody else', () => {
  it('takes its turn after it, whatever is to be done', async () => {
    const stand = await Stand.start({ taskDelaysMs: { ReconfigVM_Task: 600 } });
    try {
      const adapter = stand.open();
      const { instance, ref } = await stand.vm(adapter, { poweredOn: false });
      const turns = [
        () => adapter.powerCycle(ref, { action: 'ON' }, stand.context(instance)),
        () => adapter.snapshots.createSnapshot(ref, { name: 'a', description: '', memory: false }, stand.context(instance)), // prettier-ignore
        () => adapter.snapshots.revertSnapshot(ref, 'a', stand.context(instance)),
        () => adapter.snapshots.removeSnapshot(ref, 'a', stand.context(instance)),
        () => adapter.reconfigureVm(ref, { cpus: 2 }, stand.context(instance)),
        () => adapter.deleteVm({ ownership: ref.ownership, nativeIds: [] }, stand.context(instance)),
      ];
      for (const act of turns) {
        await stand.admin.beginTask(ref.nativeId);
        await act();
      }
      expect(await stand.namesakes(instance)).toEqual([]);
    } finally {
      await stand.clear();
      await stand.stop();
    }
  }, 60_000);
});
