import { describeWithPyvmomi, type Vm, VcenterFixture } from './vcenter.fixture';

jest.setTimeout(60_000);

describeWithPyvmomi('a guest in the simulated vCenter', () => {
  const site = new VcenterFixture({ vms: 1, guestDelayMs: 600 });
  const isUp = (vm: Vm): boolean => vm.ip !== null;
  const isDown = (vm: Vm): boolean => vm.ip === null;

  async function running(name: string): Promise<Vm> {
    await site.vcenter.run('clone', { to: name });
    await site.vcenter.run('power', { vm: name, call: 'PowerOnVM_Task' });
    return site.vmWhen(name, isUp);
  }

  it('reports tools, name and address some time after power-on', async () => {
    await site.vcenter.run('clone', { to: 'boots', powerOn: true });
    const vm = await site.vmWhen('boots', isUp);
    expect(vm).toMatchObject({ tools: 'guestToolsRunning', hostName: 'boots' });
    expect(vm.guestNet).toEqual([
      { mac: vm.nics[0]!.mac, key: vm.nics[0]!.key, ips: [vm.ip, expect.stringMatching(/^fe80::/)] },
    ]);
  });

  it('runs in the VMs that are there from the start', async () => {
    expect((await site.vm('DC0_C0_RP0_VM0')).ip).toMatch(/^10\.77\./);
  });

  it('goes down softly and forgets its address', async () => {
    await running('obeys');
    await site.vcenter.run('guest', { vm: 'obeys', call: 'ShutdownGuest' });
    const vm = await site.vmWhen('obeys', ({ power }) => power === 'poweredOff');
    expect(vm).toMatchObject({ ip: null, tools: 'guestToolsNotRunning', bootTime: 'None' });
  });

  it.each([
    ['RebootGuest', 'guest'],
    ['ResetVM_Task', 'power'],
  ])('comes back with its address after %s, without a new power-on', async (call, command) => {
    const before = await running(`back-${command}`);
    await site.vcenter.run(command, { vm: `back-${command}`, call });
    await site.vmWhen(`back-${command}`, isDown);
    const after = await site.vmWhen(`back-${command}`, isUp);
    expect(after).toMatchObject({ ip: before.ip, bootTime: before.bootTime, power: 'poweredOn' });
  });

  it('does not boot in a VM that is switched off meanwhile', async () => {
    await site.vcenter.run('clone', { to: 'cut', powerOn: true });
    await site.vcenter.run('power', { vm: 'cut', call: 'PowerOffVM_Task' });
    await running('later'); // started after it, so its time has passed, too
    expect(await site.vm('cut')).toMatchObject({ power: 'poweredOff', ip: null });
  });

  it('keeps its boot time over suspend and resume', async () => {
    const before = await running('sleeper');
    await site.vcenter.run('power', { vm: 'sleeper', call: 'SuspendVM_Task' });
    expect(await site.vm('sleeper')).toMatchObject({ power: 'suspended', ip: null });
    await site.vcenter.run('power', { vm: 'sleeper', call: 'PowerOnVM_Task' });
    const after = await site.vmWhen('sleeper', isUp);
    expect(after.bootTime).toBe(before.bootTime);
  });
});

describeWithPyvmomi('a guest that takes long to boot', () => {
  const site = new VcenterFixture({ vms: 0, guestDelayMs: 3_600_000 });

  it('has no tools and no address in a VM that is on', async () => {
    await site.vcenter.run('clone', { to: 'boots', powerOn: true });
    expect(await site.vm('boots')).toMatchObject({ power: 'poweredOn', tools: 'guestToolsNotRunning', ip: null });
  });
});
