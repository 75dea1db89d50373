import { describeWithPyvmomi, VcenterFixture } from './vcenter.fixture';

jest.setTimeout(60_000);

describeWithPyvmomi('tasks of the simulated vCenter that take their time', () => {
  const taskDelaysMs = { CloneVM_Task: 1_000, CreateSnapshot_Task: 1_000, PowerOnVM_Task: 1_000 };
  const site = new VcenterFixture({ vms: 0, taskDelaysMs });
  const start = (vm: string, call: string, given: object = {}): Promise<string> =>
    site.vcenter.run('start', { vm, call, with: given });
  const finish = (task: string): Promise<unknown> => site.vcenter.run('finish', { task });
  const snapshot = { name: 'a', memory: false, quiesce: false };

  it('keep their VM from taking another, and leave all others alone', async () => {
    const cloning = await site.vcenter.run<string>('clone', { to: 'busy', wait: false });
    const power = { vm: 'busy', call: 'PowerOnVM_Task' };
    expect((await site.vcenter.try('power', power)).fault).toBe('TaskInProgress');
    const other = await site.vcenter.run<string>('clone', { to: 'free', wait: false });
    await finish(cloning);
    await finish(other);
    const starting = await start('busy', 'PowerOnVM_Task');
    expect((await site.vcenter.try('reconfigure', { vm: 'busy', numCPUs: 2 })).fault).toBe('TaskInProgress');
    expect((await site.vcenter.try('guest', { vm: 'busy', call: 'ShutdownGuest' })).fault).toBe('TaskInProgress');
    await site.vcenter.run('reconfigure', { vm: 'free', numCPUs: 2 });
    await finish(starting);
    await site.vcenter.run('reconfigure', { vm: 'free', numCPUs: 1 });
  });

  it('of a clone can be cancelled: the VM goes, its name and space are free', async () => {
    const free = await site.vcenter.run<number>('free');
    const task = await site.vcenter.run<string>('clone', { to: 'cancelled', powerOn: true, wait: false });
    expect(await site.vcenter.run('cancelable', { task })).toBe(true);
    await site.vcenter.run('cancel', { task });
    expect((await site.vcenter.try('finish', { task })).fault).toBe('RequestCanceled');
    expect(await site.vcenter.run('names')).not.toContain('cancelled');
    expect(await site.vcenter.run('free')).toBe(free);
    await site.vcenter.run('clone', { to: 'cancelled' });
  });

  it('of a snapshot can be cancelled, and nothing of it is left', async () => {
    await site.vcenter.run('clone', { to: 'snapped' });
    const before = (await site.vm('snapped')).disks;
    const task = await start('snapped', 'CreateSnapshot_Task', snapshot);
    await site.vcenter.run('cancel', { task });
    expect((await site.vcenter.try('finish', { task })).fault).toBe('RequestCanceled');
    expect(await site.vcenter.run('snapshots', { vm: 'snapped' })).toEqual({ tree: {}, current: null });
    expect((await site.vm('snapped')).disks).toEqual(before);
  });

  it('cannot be cancelled when they are over, or change power', async () => {
    await site.vcenter.run('clone', { to: 'lasting' });
    const task = await start('lasting', 'PowerOnVM_Task');
    expect(await site.vcenter.run('cancelable', { task })).toBe(false);
    expect((await site.vcenter.try('cancel', { task })).fault).toBe('NotSupported');
    await finish(task);
    expect((await site.vcenter.try('cancel', { task })).fault).toBe('InvalidState');
    expect((await site.vcenter.try('cancel', { task: 'task-0' })).fault).toBe('ManagedObjectNotFound');
  });
});
