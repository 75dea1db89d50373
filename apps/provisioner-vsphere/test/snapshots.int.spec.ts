import type { VmRef, VmStatus } from '@dcm/contracts';
import type { TrialContext, TrialContextOptions, TrialInstance } from '@dcm/provisioner-kit/testing';
import type { VsphereAdapter } from '../src/vsphere.adapter';
import { Stand, START_TIMEOUT_MS } from './stand';
import { until } from './until';

const OFF = { action: 'OFF', mode: 'HARD' } as const;
const ON = { action: 'ON' } as const;

describe('snapshots of a VM', () => {
  let stand: Stand;
  let adapter: VsphereAdapter;
  let vm: { instance: TrialInstance; ref: VmRef };

  beforeAll(async () => {
    stand = await Stand.start({ taskDelaysMs: { CreateSnapshot_Task: 100 } });
  }, START_TIMEOUT_MS);
  beforeEach(async () => {
    adapter = stand.open();
    vm = await stand.vm(adapter, { poweredOn: false });
  });
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  const context = (options?: TrialContextOptions): TrialContext => stand.context(vm.instance, options);
  const take = (name: string, memory = false, ctx = context()): Promise<VmStatus> =>
    adapter.snapshots.createSnapshot(vm.ref, { name, description: 'before the <upgrade> & "co"', memory }, ctx);
  const revert = (name: string, ctx = context()): Promise<VmStatus> =>
    adapter.snapshots.revertSnapshot(vm.ref, name, ctx);
  const remove = (name: string, ctx = context()): Promise<VmStatus> =>
    adapter.snapshots.removeSnapshot(vm.ref, name, ctx);
  const taken = (): Promise<string[]> => stand.admin.snapshots(vm.ref.nativeId);
  const last = (ctx: TrialContext): string => ctx.checkpoints.at(-1)!;

  it('are taken, listed with the current one, and removed from under those that stand on them', async () => {
    expect((await take('a')).snapshots).toEqual([
      { name: 'a', isCurrent: true, createdAt: expect.stringMatching(/Z$/) as string },
    ]);
    await take('b');
    const list = await adapter.snapshots.listSnapshots(vm.ref, stand.look());
    expect(list.map(({ name, isCurrent }) => [name, isCurrent])).toEqual([['a', false], ['b', true]]); // prettier-ignore
    expect((await remove('a')).snapshots).toMatchObject([{ name: 'b', isCurrent: true }]);
    expect((await remove('b')).snapshots).toEqual([]);
    expect(await taken()).toEqual([]);
  });

  it('bring back size and power, and what bears the mark still does', async () => {
    await adapter.powerCycle(vm.ref, ON, context());
    await take('running', true);
    await adapter.powerCycle(vm.ref, OFF, context());
    await take('stopped', true);
    await adapter.reconfigureVm(vm.ref, { cpus: 2 }, context());
    expect(await revert('running')).toMatchObject({ cpus: 1, power: 'on' });
    expect(await revert('stopped')).toMatchObject({ cpus: 1, power: 'off', ownership: vm.ref.ownership });
    expect((await adapter.getVmStatus(vm.ref, stand.look())).snapshots).toMatchObject([
      { name: 'running', isCurrent: false },
      { name: 'stopped', isCurrent: true },
    ]);
  });

  it('are taken once, however often the message arrives', async () => {
    await take('a');
    const before = stand.proxy.mutations;
    await take('a', false, context({ attempt: 2 }));
    expect(stand.proxy.mutations).toBe(before);
    expect(await taken()).toEqual(['a']);
  });

  it('are taken once although the answer is lost', async () => {
    stand.proxy.loseAnswer(/^CreateSnapshot_Task$/);
    expect((await take('a')).snapshots).toMatchObject([{ name: 'a' }]);
    expect(await taken()).toEqual(['a']);
  });

  it('are taken once by an attempt that takes over the task of the one before', async () => {
    const first = context();
    const left = take('a', false, first);
    await until(() => first.checkpoints.length > 0);
    const before = stand.proxy.count('CreateSnapshot_Task');
    const again = context({ attempt: 2, resume: last(first) });
    expect((await take('a', false, again)).snapshots).toMatchObject([{ name: 'a' }]);
    expect(again.granted).toBe(0);
    expect(stand.proxy.count('CreateSnapshot_Task')).toBe(before);
    await left;
  });

  it('are not taken without a claim, nor of a stranger, nor under a mark that is gone', async () => {
    const refused = take('a', false, context().refuseClaimAfter(0));
    await expect(refused).rejects.toMatchObject({ reason: 'CLAIM_LOST', effect: 'NONE' });
    await stand.admin.removeMark(vm.ref.nativeId);
    for (const act of [take, revert, remove]) {
      await expect(act('a')).rejects.toMatchObject({ reason: 'NOT_OURS', effect: 'NONE' });
    }
    expect(await taken()).toEqual([]);
  });

  it('cannot be reverted to when they are not there, and not removing them again is success', async () => {
    await expect(revert('a')).rejects.toMatchObject({ reason: 'SNAPSHOT_NOT_FOUND', effect: 'NONE' });
    const before = stand.proxy.mutations;
    expect((await remove('a')).snapshots).toEqual([]);
    expect(stand.proxy.mutations).toBe(before);
  });

  it('are gone although the answer to their removal is lost', async () => {
    await take('a');
    stand.proxy.loseAnswer(/^RemoveSnapshot_Task$/);
    expect((await remove('a')).snapshots).toEqual([]);
  });

  it('are not reverted to a second time when the task is known to have ended well', async () => {
    await take('a');
    const first = context();
    await revert('a', first);
    await stand.admin.setPower(vm.ref.nativeId, 'on');
    expect(await revert('a', context({ attempt: 2, resume: last(first) }))).toMatchObject({ power: 'on' });
    expect(await revert('a', context({ attempt: 3 }))).toMatchObject({ power: 'off' });
  });

  it('of one name that two bear are left alone: nobody can say which is meant', async () => {
    for (let times = 0; times < 2; times += 1) await stand.admin.takeSnapshot(vm.ref.nativeId, 'twice');
    for (const act of [revert, remove]) {
      await expect(act('twice')).rejects.toMatchObject({ reason: 'SNAPSHOT_NOT_FOUND', effect: 'NONE' });
    }
    expect(await taken()).toEqual(['twice', 'twice']);
  });

  it('keep disks from growing, which is said before anything is changed', async () => {
    await take('a');
    const grown = adapter.reconfigureVm(vm.ref, { cpus: 2, disks: [{ sizeGib: 9 }] }, context());
    await expect(grown).rejects.toMatchObject({ reason: 'UNSUPPORTED', effect: 'NONE' });
    expect(await adapter.reconfigureVm(vm.ref, { cpus: 2 }, context())).toMatchObject({ cpus: 2 });
    await remove('a');
    expect(await adapter.reconfigureVm(vm.ref, { disks: [{ sizeGib: 9 }] }, context())).toMatchObject({
      disks: [{ sizeGib: 9 }],
    });
  });

  it('go with their VM', async () => {
    await take('a');
    await take('b');
    const target = { ownership: vm.ref.ownership, nativeIds: [vm.ref.nativeId] };
    expect(await adapter.deleteVm(target, context())).toBe('DELETED');
  });
});
