import { describeWithPyvmomi, VcenterFixture } from './vcenter.fixture';

jest.setTimeout(60_000);

describeWithPyvmomi('snapshots of the simulated vCenter', () => {
  const site = new VcenterFixture({ vms: 0 });
  const take = (vm: string, name: string, memory = false): Promise<void> =>
    site.vcenter.run('snapshot', { vm, name, memory, call: 'create' });
  const revert = (vm: string, name: string): Promise<void> =>
    site.vcenter.run('snapshot', { vm, name, call: 'revert' });
  const remove = (vm: string, name: string, withChildren = false): Promise<void> =>
    site.vcenter.run('snapshot', { vm, name, withChildren, call: 'remove' });
  const tree = (vm: string): Promise<unknown> => site.vcenter.run('snapshots', { vm });

  it('stand on each other, and branch where the VM was reverted', async () => {
    await site.vcenter.run('clone', { to: 'branches' });
    expect(await tree('branches')).toEqual({ tree: {}, current: null });
    await take('branches', 'a');
    await take('branches', 'b');
    await revert('branches', 'a');
    await take('branches', 'c');
    expect(await tree('branches')).toEqual({ tree: { a: { b: {}, c: {} } }, current: 'c' });
  });

  it('go one by one, or with their children, and the VM then stands on what is left below it', async () => {
    await site.vcenter.run('clone', { to: 'pruned' });
    for (const name of ['a', 'b', 'c', 'd']) await take('pruned', name);
    await remove('pruned', 'b');
    expect(await tree('pruned')).toEqual({ tree: { a: { c: { d: {} } } }, current: 'd' });
    await remove('pruned', 'd');
    expect(await tree('pruned')).toEqual({ tree: { a: { c: {} } }, current: 'c' });
    await revert('pruned', 'a');
    await remove('pruned', 'a');
    expect(await tree('pruned')).toEqual({ tree: { c: {} }, current: null });
    await revert('pruned', 'c');
    await take('pruned', 'e');
    await remove('pruned', 'c', true);
    expect(await tree('pruned')).toEqual({ tree: {}, current: null });
  });

  it('bring back configuration, disks and network cards, and keep the name', async () => {
    await site.vcenter.run('clone', { to: 'restored', extraConfig: [['dcm.mark', 'ours']] });
    const before = await site.vm('restored');
    await take('restored', 'a');
    const more = { numCPUs: 4, memoryMB: 2048, extraConfig: [['dcm.mark', ''], ['other', '1']] }; // prettier-ignore
    await site.vcenter.run('reconfigure', { vm: 'restored', ...more });
    await site.vcenter.run('rename', { vm: 'restored', to: 'renamed' });
    await revert('renamed', 'a');
    const after = await site.vm('renamed');
    expect(after).toMatchObject({ cpus: before.cpus, shownCpus: before.cpus, memoryMib: before.memoryMib });
    expect(after.nics).toEqual(before.nics);
    expect(after.extraConfig).toEqual(before.extraConfig);
    expect(after.shownName).toBe('renamed');
    expect(after.changeVersion > before.changeVersion).toBe(true);
  });

  it('bring back the power that they hold: memory of a VM that was on, else off', async () => {
    await site.vcenter.run('clone', { to: 'power' });
    await take('power', 'cold', true);
    await site.vcenter.run('power', { vm: 'power', call: 'PowerOnVM_Task' });
    await take('power', 'without-memory');
    await take('power', 'with-memory', true);
    await site.vcenter.run('power', { vm: 'power', call: 'SuspendVM_Task' });
    await take('power', 'asleep');
    const powerAfter = async (name: string): Promise<string> => {
      await revert('power', name);
      return (await site.vm('power')).power;
    };
    expect(await powerAfter('with-memory')).toBe('poweredOn');
    expect(await powerAfter('without-memory')).toBe('poweredOff');
    expect(await powerAfter('with-memory')).toBe('poweredOn');
    expect((await site.vmWhen('power', ({ tools }) => tools === 'guestToolsRunning')).ip).toMatch(/^10\.77\./);
    expect(await powerAfter('asleep')).toBe('suspended');
    expect(await powerAfter('cold')).toBe('poweredOff');
  });

  it('hold the disks as they are: files on top of them, no growth, and one file again when all are gone', async () => {
    await site.vcenter.run('clone', { to: 'disks' });
    const fileOf = async (): Promise<string> => (await site.vm('disks')).disks[0]!.file;
    const base = await fileOf();
    await take('disks', 'a');
    expect(await fileOf()).toBe(base.replace('.vmdk', '-000001.vmdk'));
    await take('disks', 'b');
    expect(await fileOf()).toBe(base.replace('.vmdk', '-000002.vmdk'));
    const growth = await site.vcenter.try('reconfigure', { vm: 'disks', diskGib: 12 });
    expect(growth.fault).toBe('InvalidDeviceOperation');
    await remove('disks', 'a');
    await remove('disks', 'b');
    expect(await fileOf()).toBe(base);
    await site.vcenter.run('reconfigure', { vm: 'disks', diskGib: 12 });
  });

  it('are not taken of a template, nor without a name, nor beyond 32 in a row', async () => {
    const template = await site.vcenter.try('snapshot', { vm: 'debian-12-template', name: 'a', call: 'create' });
    expect(template.fault).toBe('NotSupported');
    await site.vcenter.run('clone', { to: 'deep' });
    expect((await site.vcenter.try('snapshot', { vm: 'deep', name: '', call: 'create' })).fault).toBe('InvalidName');
    for (let depth = 1; depth <= 32; depth += 1) await take('deep', `s${depth}`);
    const beyond = await site.vcenter.try('snapshot', { vm: 'deep', name: 's33', call: 'create' });
    expect(beyond.fault).toBe('TooManySnapshotLevels');
    await site.vcenter.run('removeSnapshots', { vm: 'deep' });
    expect(await tree('deep')).toEqual({ tree: {}, current: null });
  });

  it('go with their VM, and give back its space', async () => {
    const free = await site.vcenter.run<number>('free');
    await site.vcenter.run('clone', { to: 'gone' });
    await take('gone', 'a');
    await take('gone', 'b');
    await site.vcenter.run('destroy', { vm: 'gone' });
    expect(await site.vcenter.run('free')).toBe(free);
  });
});
