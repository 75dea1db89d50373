import { describeWithPyvmomi, VcenterFixture } from './vcenter.fixture';

const GIB = 2 ** 30;
jest.setTimeout(60_000);

describeWithPyvmomi('the simulated vCenter, asked for what cannot be', () => {
  const site = new VcenterFixture({ vms: 0, tools: 'absent' });

  it.each([
    ['datastore', { datastore: 'nowhere' }, 'InvalidDatastorePath'],
    ['network', { network: 'nowhere' }, 'InvalidDeviceBacking'],
    ['pool', { pool: 'resgroup-999' }, 'ManagedObjectNotFound'],
    ['operating system', { guestId: 'beosGuest' }, 'InvalidArgument'],
    ['path outside the datastore', { datastore: 'LocalDS_0] ../../x' }, 'InvalidDatastorePath'],
  ])('names the fault of an unknown %s and leaves no VM behind', async (_what, values, fault) => {
    const outcome = await site.vcenter.try('create', { name: 'half', guestId: 'otherGuest', ...values });
    expect(outcome.fault).toBe(fault);
    expect(await site.vcenter.run('names', { folder: 'dcm' })).not.toContain('half');
    expect(await site.vcenter.run('byUuid', { uuid: 'none' })).toEqual([]);
  });

  it.each(['a/b', '..', 'x'.repeat(81)])('refuses the name %s', async (to) => {
    expect((await site.vcenter.try('clone', { to })).fault).toBe('InvalidName');
  });

  it('answers a fault where the simulator panics, and lives on', async () => {
    expect((await site.vcenter.try('powerOnMany', { vm: 'vm-999' })).fault).toBe('SystemError');
    expect(await site.vcenter.run('names')).toContain('debian-12-template');
  });

  it('keeps keys of the extra configuration unique and drops those set to nothing', async () => {
    await site.vcenter.run('clone', { to: 'keys', extraConfig: [['a', '1'], ['b', '1']] }); // prettier-ignore
    await site.vcenter.run('reconfigure', { vm: 'keys', extraConfig: [['a', '2'], ['b', ''], ['c', '3']] }); // prettier-ignore
    const { extraConfig } = await site.vm('keys');
    expect(extraConfig.filter(([key]) => key.length === 1)).toEqual([['a', '2'], ['c', '3']]); // prettier-ignore
  });

  it('never runs a command that the extra configuration names', async () => {
    await site.vcenter.run('clone', { to: 'no-command', extraConfig: [['RUN.container', 'nginx']] });
    expect((await site.vm('no-command')).extraConfig.map(([key]) => key)).toEqual(['govcsim']);
  });

  it('grows a disk in place and never shrinks it', async () => {
    await site.vcenter.run('clone', { to: 'disks' });
    const [before, free] = [await site.vm('disks'), await site.vcenter.run<number>('free')];
    await site.vcenter.run('reconfigure', { vm: 'disks', diskGib: 12 });
    expect((await site.vm('disks')).disks).toEqual([{ ...before.disks[0]!, bytes: 12 * GIB, kib: 12 * 1024 * 1024 }]);
    expect(await site.vcenter.run('free')).toBe(free - 4 * GIB);
    expect((await site.vcenter.try('reconfigure', { vm: 'disks', diskGib: 4 })).fault).toBe('InvalidDeviceSpec');
  });

  it('takes no CPUs or memory while the VM is on, unless that was enabled', async () => {
    await site.vcenter.run('clone', { to: 'cold', powerOn: true });
    const cpus = await site.vcenter.try('reconfigure', { vm: 'cold', numCPUs: 2 });
    const memory = await site.vcenter.try('reconfigure', { vm: 'cold', memoryMB: 2048 });
    expect([cpus.fault, memory.fault]).toEqual(['CpuHotPlugNotSupported', 'MemoryHotPlugNotSupported']);
    await site.vcenter.run('power', { vm: 'cold', call: 'PowerOffVM_Task' });
    await site.vcenter.run('reconfigure', { vm: 'cold', numCPUs: 2, memoryMB: 2048 });
    expect(await site.vm('cold')).toMatchObject({ cpus: 2, shownCpus: 2, memoryMib: 2048 });
  });

  it('refuses a change that was made for an older version of the VM', async () => {
    await site.vcenter.run('clone', { to: 'contested' });
    const { changeVersion } = await site.vm('contested');
    await site.vcenter.run('reconfigure', { vm: 'contested', numCPUs: 2, changeVersion });
    const late = await site.vcenter.try('reconfigure', { vm: 'contested', numCPUs: 3, changeVersion });
    expect(late.fault).toBe('ConcurrentAccess');
    expect((await site.vm('contested')).cpus).toBe(2);
  });

  it('shuts nothing down softly without VMware Tools', async () => {
    await site.vcenter.run('clone', { to: 'deaf', powerOn: true });
    expect((await site.vcenter.try('guest', { vm: 'deaf', call: 'ShutdownGuest' })).fault).toBe('ToolsUnavailable');
    expect((await site.vcenter.try('guest', { vm: 'deaf', call: 'RebootGuest' })).fault).toBe('ToolsUnavailable');
    expect((await site.vm('deaf')).power).toBe('poweredOn');
  });
});
