import { describeWithPyvmomi, VcenterFixture } from './vcenter.fixture';

jest.setTimeout(60_000);

describeWithPyvmomi('a view of all VMs of the simulated vCenter', () => {
  const site = new VcenterFixture({ vms: 3, clusters: 1, standaloneHosts: 0 });

  it('is told in sets of the size asked for, then by what differs, and by the latest version only', async () => {
    await site.vcenter.run('clone', { to: 'watched' });
    expect(await site.vcenter.run('feed', { vm: 'watched', size: 2 })).toEqual({
      // three strangers, the template and the clone
      first: [[2, true], [2, true], [1, false]], // prettier-ignore
      changed: [['modify', { 'runtime.powerState': 'poweredOn' }]],
      gone: 'leave',
      stale: 'InvalidCollectorVersion',
      silent: [],
    });
  });

  it('gives tickets for the screen of a VM that is on, by its host', async () => {
    await site.vcenter.run('clone', { to: 'shown' });
    expect((await site.vcenter.try('ticket', { vm: 'shown', type: 'webmks' })).fault).toBe('InvalidPowerState');
    await site.vcenter.run('power', { vm: 'shown', call: 'PowerOnVM_Task' });
    expect(await site.vcenter.run('ticket', { vm: 'shown', type: 'webmks' })).toMatch(/^DC0_C0_H\d$/);
    expect((await site.vcenter.try('ticket', { vm: 'shown', type: 'vnc' })).fault).toBe('InvalidArgument');
  });
});
