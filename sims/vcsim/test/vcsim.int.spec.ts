import { startVcsim } from '../vcsim';
import type { VcenterClient } from './vcenter.client';
import { describeWithPyvmomi, VcenterFixture } from './vcenter.fixture';

const GIB = 2 ** 30;
jest.setTimeout(60_000);

describeWithPyvmomi('the simulated vCenter', () => {
  const site = new VcenterFixture({ vms: 1 });

  async function failure(session: VcenterClient): Promise<string> {
    try {
      return await session.run<string>('about');
    } catch (error) {
      return String(error);
    } finally {
      await session.close();
    }
  }

  it('lets a client in over TLS that trusts its CA', async () => {
    expect(await site.vcenter.run('about')).toBe('VirtualCenter');
  });

  it('is not trusted by a client that knows another CA', async () => {
    const other = await startVcsim({ vms: 0 });
    await other.stop();
    expect(await failure(site.connect({ ca: other.ca! }))).toMatch(/CERTIFICATE_VERIFY_FAILED/);
  });

  it('refuses a wrong password', async () => {
    expect(await failure(site.connect({ password: 'wrong' }))).toMatch(/InvalidLogin/);
  });

  it('offers a template with one disk and one NIC', async () => {
    const template = await site.vm('debian-12-template');
    expect(template).toMatchObject({ template: true, cpus: 1, memoryMib: 1024, guestId: 'debian12_64Guest' });
    expect(template.disks).toEqual([expect.objectContaining({ bytes: 8 * GIB, kib: 8 * 1024 * 1024 })]);
    expect(template.nics).toEqual([
      {
        key: 4000,
        network: 'VM Network',
        type: 'vim.vm.device.VirtualVmxnet3',
        mac: expect.stringMatching(/^00:50:56:/) as string,
      },
    ]);
  });

  it('honours CPUs, memory, identity and extra configuration of a clone', async () => {
    const instanceUuid = '0b5a3a5e-7e1c-4a57-9a3e-5a1d1c2b3a4f';
    const extraConfig = [
      ['dcm.mark', 'first'],
      ['dcm.mark', 'last'],
    ];
    await site.vcenter.run('clone', { to: 'honest', numCPUs: 4, memoryMB: 4096, instanceUuid, extraConfig });
    const clone = await site.vm('honest');
    expect(clone).toMatchObject({ template: false, cpus: 4, shownCpus: 4, memoryMib: 4096, instanceUuid });
    expect(clone.power).toBe('poweredOff');
    expect(clone.extraConfig.filter(([key]) => key === 'dcm.mark')).toEqual([['dcm.mark', 'last']]);
    expect(await site.vcenter.run('byUuid', { uuid: instanceUuid.toUpperCase() })).toEqual([clone.id]);
  });

  it('copies the extra configuration of a cloned VM, mark included', async () => {
    await site.vcenter.run('clone', { to: 'marked', extraConfig: [['dcm.mark', 'ours']] });
    await site.vcenter.run('clone', { source: 'marked', to: 'copy' });
    expect((await site.vm('copy')).extraConfig).toContainEqual(['dcm.mark', 'ours']);
  });

  it('gives a clone a disk and a NIC of its own', async () => {
    await site.vcenter.run('clone', { to: 'own-devices' });
    const [source, clone] = [await site.vm('debian-12-template'), await site.vm('own-devices')];
    expect(source.disks[0]!.file).toBe('[LocalDS_0] debian-12-template/debian-12-template.vmdk');
    expect(clone.disks[0]).toEqual({ ...source.disks[0]!, file: '[LocalDS_0] own-devices/own-devices.vmdk' });
    expect(clone.nics[0]!.mac).not.toBe(source.nics[0]!.mac);
  });

  it('powers on a clone when asked to', async () => {
    await site.vcenter.run('clone', { to: 'born-running', powerOn: true });
    expect((await site.vm('born-running')).power).toBe('poweredOn');
  });

  it.each([
    ['clone', { to: 'holder' }],
    ['create', { name: 'holder', guestId: 'otherGuest' }],
    ['rename', { vm: 'other', to: 'holder' }],
    ['reconfigure', { vm: 'other', name: 'holder' }],
  ])('refuses a taken name and names its holder on %s', async (command, values) => {
    const before = await site.vcenter.run<string[]>('names', { folder: 'dcm' });
    if (!before.includes('holder')) {
      await site.vcenter.run('clone', { to: 'holder' });
      await site.vcenter.run('clone', { to: 'other' });
    }
    const { id } = await site.vm('holder');
    expect(await site.vcenter.try(command, values)).toEqual({ fault: 'DuplicateName', object: id });
    const names = await site.vcenter.run<string[]>('names', { folder: 'dcm' });
    expect(names.filter((name) => name === 'holder')).toHaveLength(1);
    expect(names).toContain('other');
  });

  it('allows one name in two folders', async () => {
    await site.vcenter.run('create', { name: 'DC0_C0_RP0_VM0', guestId: 'otherGuest' });
    const names = await site.vcenter.run<string[]>('names');
    expect(names.filter((name) => name === 'DC0_C0_RP0_VM0')).toHaveLength(2);
  });

  it('renames a VM wherever its name is shown', async () => {
    await site.vcenter.run('clone', { to: 'before' });
    await site.vcenter.run('rename', { vm: 'before', to: 'after' });
    expect((await site.vm('after')).shownName).toBe('after');
  });

  it('gives back the name and the space of a destroyed VM', async () => {
    const free = await site.vcenter.run<number>('free');
    await site.vcenter.run('clone', { to: 'short-lived' });
    expect(await site.vcenter.run('free')).toBe(free - 8 * GIB);
    await site.vcenter.run('destroy', { vm: 'short-lived' });
    expect(await site.vcenter.run('free')).toBe(free);
    await site.vcenter.run('clone', { to: 'short-lived' });
  });
});
