import { OperationYielded } from '@dcm/contracts';
import { Stand } from './stand';

jest.setTimeout(60_000);

describe('the life of a VM', () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await Stand.start({ taskDelayMs: { qmclone: 100 } });
  });
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  it('is found on another node than it was on, as after a migration', async () => {
    const adapter = stand.open();
    const { instance, ref } = await stand.vm(adapter, { poweredOn: false, metadata: { node: 'pve1' } });
    const { description = '' } = (await stand.admin.config(ref.nativeId)) as { description?: string };
    await stand.admin.deleteVm(ref.nativeId);
    const moved = { vmid: ref.nativeId, name: 'moved', memory: 64, pool: 'dcm', scsi0: 'ceph:1', description };
    await stand.admin.rest.run('POST', '/nodes/pve2/qemu', moved);
    expect(await adapter.getVmStatus(ref, stand.look())).toMatchObject({
      nativeId: ref.nativeId,
      name: 'moved',
      power: 'off',
    });
    expect((await adapter.powerCycle(ref, { action: 'ON' }, stand.context(instance))).power).toBe('on');
  });

  it('waits for whoever holds its lock', async () => {
    const adapter = stand.open();
    const { instance, ref } = await stand.vm(adapter, { poweredOn: false });
    stand.proxmox.control.setLock(Number(ref.nativeId), 'backup');
    const resizing = adapter.reconfigureVm(ref, { cpus: 2 }, stand.context(instance));
    setTimeout(() => {
      stand.proxmox.control.setLock(Number(ref.nativeId), null);
    }, 400);
    expect(await resizing).toMatchObject({ cpus: 2 });
    stand.proxmox.control.setLock(Number(ref.nativeId), 'backup');
    const hurried = stand.context(instance, { budgetMs: 700 });
    await expect(adapter.reconfigureVm(ref, { cpus: 3 }, hurried)).rejects.toMatchObject({
      reason: 'TASK_IN_PROGRESS',
      effect: 'NONE',
    });
    stand.proxmox.control.setLock(Number(ref.nativeId), null);
  });

  it('is resized against somebody who changes it at the same time', async () => {
    const adapter = stand.open();
    const { instance, ref } = await stand.vm(adapter, { poweredOn: false });
    const context = stand.context(instance);
    let isFirst = true;
    context.whenGranted = (): void => {
      if (isFirst) void stand.admin.configure(ref.nativeId, { onboot: 1 });
      isFirst = false;
    };
    expect(await adapter.reconfigureVm(ref, { cpus: 2, memoryMib: 256 }, context)).toMatchObject({
      cpus: 2,
      memoryMib: 256,
    });
    expect(await stand.admin.config(ref.nativeId)).toMatchObject({ onboot: 1, cores: 2 });
  });

  it('is not left with a change that waits for its next start', async () => {
    const adapter = stand.open();
    const { instance, ref } = await stand.vm(adapter, { poweredOn: false });
    // It says that it takes CPUs while it runs, and does not: neither does a guest without support for that.
    await stand.admin.configure(ref.nativeId, { hotplug: 'cpu,disk,network', cores: 4, vcpus: 1 });
    await adapter.powerCycle(ref, { action: 'ON' }, stand.context(instance));
    const refused = { reason: 'INVALID_POWER_STATE' };
    await expect(adapter.reconfigureVm(ref, { cpus: 2 }, stand.context(instance))).rejects.toMatchObject(refused);
    const pending = (await stand.admin.rest.call('GET', `${await stand.admin.path(ref.nativeId)}/pending`)) as object[];
    expect(pending.filter((one) => 'pending' in one)).toEqual([]);
    expect(await adapter.getVmStatus(ref, stand.look())).toMatchObject({ cpus: 1, power: 'on' });
    await expect(adapter.reconfigureVm(ref, { cpus: 8 }, stand.context(instance))).rejects.toMatchObject({
      ...refused,
      effect: 'NONE',
    });
  });

  it('is restarted once although the answer is lost, which its node can prove', async () => {
    const adapter = stand.open();
    const { instance, ref } = await stand.vm(adapter);
    stand.proxy.loseAnswer(/\/status\/reset$/);
    const restart = { action: 'RESTART', mode: 'HARD' } as const;
    expect((await adapter.powerCycle(ref, restart, stand.context(instance))).power).toBe('on');
    expect(stand.proxy.count(/\/status\/reset$/)).toBe(1);
  });

  it('is not restarted again by the next attempt when its process is another', async () => {
    const adapter = stand.open();
    const { instance, ref } = await stand.vm(adapter);
    stand.proxmox.control.scriptGuest(Number(ref.nativeId), { agent: 'running', addresses: [] });
    const context = stand.context(instance);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    await adapter.powerCycle(ref, { action: 'RESTART', mode: 'SOFT' }, context);
    const before = stand.proxy.mutations;
    const again = stand.context(instance, { attempt: 2, resume: context.checkpoints.at(-1) ?? '' });
    expect((await adapter.powerCycle(ref, { action: 'RESTART', mode: 'SOFT' }, again)).power).toBe('on');
    expect(stand.proxy.mutations).toBe(before);
  });

  it('sleeps on disk when an administrator wants it, and wakes, or goes off', async () => {
    const adapter = stand.open();
    const { instance, ref } = await stand.vm(adapter);
    const hibernate = async (): Promise<void> =>
      stand.admin.rest.run('POST', `${await stand.admin.path(ref.nativeId)}/status/suspend`, { todisk: 1 });
    await hibernate();
    expect(await adapter.getVmStatus(ref, stand.look())).toMatchObject({ power: 'suspended' });
    expect((await adapter.powerCycle(ref, { action: 'RESUME' }, stand.context(instance))).power).toBe('on');
    await hibernate();
    const off = { action: 'OFF', mode: 'HARD' } as const;
    expect((await adapter.powerCycle(ref, off, stand.context(instance))).power).toBe('off');
  });

  it('keeps the names of snapshots that Proxmox cannot have', async () => {
    const adapter = stand.open();
    const { instance, ref } = await stand.vm(adapter, { poweredOn: false });
    const name = '2024.01 vor dem Update-0a1b2c3d';
    const wish = { name, description: 'why', memory: false };
    for (const attempt of [1, 2])
      await adapter.snapshots.createSnapshot(ref, wish, stand.context(instance, { attempt }));
    expect(await adapter.snapshots.listSnapshots(ref, stand.look())).toMatchObject([{ name, isCurrent: true }]);
    await adapter.snapshots.revertSnapshot(ref, name, stand.context(instance));
    await adapter.snapshots.removeSnapshot(ref, name, stand.context(instance));
    expect(await adapter.snapshots.listSnapshots(ref, stand.look())).toEqual([]);
  });
});

describe('work that takes long', () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await Stand.start({ taskDelayMs: { qmclone: 3_000, qmdestroy: 3_000 } });
  });
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  it('is handed to the next attempt by its task', async () => {
    const instance = stand.instance();
    const hurried = stand.context(instance, { budgetMs: 2_000 });
    const yielded: unknown = await stand.provision(stand.open(), instance, hurried).catch((error: unknown) => error);
    expect(yielded).toBeInstanceOf(OperationYielded);
    const { resume } = yielded as OperationYielded;
    expect(JSON.parse(resume)).toMatchObject({
      attempt: 1,
      task: expect.stringMatching(/^UPID:.*:qmclone:/) as string,
    });
    const next = stand.context(instance, { attempt: 2, resume });
    const { how, status } = await stand.provision(stand.open(), instance, next);
    expect({ how, power: status.power }).toEqual({ how: 'adopted', power: 'on' });
    expect(await stand.namesakes(instance)).toEqual([status.nativeId]);
  });

  it('is stopped when its operation is cancelled, and nothing of it is left', async () => {
    const instance = stand.instance();
    const context = stand.context(instance);
    context.whenGranted = () => setTimeout(() => context.cancel(), 300);
    await expect(stand.provision(stand.open(), instance, context)).rejects.toMatchObject({
      reason: 'CANCELLED',
      effect: 'NONE',
    });
    expect(await stand.admin.listVms()).toEqual([]);
    expect(await stand.admin.volumesOf(stand.vmidOf(instance))).toEqual([]);
  });

  it('is waited for by a delete that comes while it goes on', async () => {
    const instance = stand.instance();
    const creating = Promise.allSettled([
      stand.provision(stand.open(), instance, stand.context(instance).refuseClaimAfter(1)),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const target = { ownership: instance.ownership, nativeIds: [] };
    const deleting = stand.context(instance);
    expect(await stand.open().deleteVm(target, deleting)).toBe('DELETED');
    expect(deleting.steps.map(({ step }) => step)).toContain('wait-for-creation');
    await creating;
    expect(await stand.admin.listVms()).toEqual([]);
  });
});
