import { Administrator } from '../administrator';
import { cmdlets } from '../cmdlets/table';
import { readScripts } from '../engine/scripts';
import { MACHINE_ROW, Site } from './a.site';

const GIB = 1024 ** 3;

describe('the model of the management server', () => {
  let site: Site;
  beforeEach(async () => (site = await Site.open()));
  afterEach(() => {
    site.close();
  });

  describe('inventory', () => {
    it('gives memory of a host in bytes where it is total and in MB where it is free, storage in bytes', async () => {
      const [row] = await site.rows(
        'Get-SCVMHost',
        {},
        {
          total: 'TotalMemory:i',
          free: 'AvailableMemory:i',
          space: 'TotalStorageCapacity:i',
          group: 'VMHostGroup.Path',
        },
      );
      expect(row).toEqual({
        total: 256 * GIB,
        free: 256 * 1024 - 2048,
        space: 2 * 10_240 * GIB,
        group: 'All Hosts\\lab',
      });
    });

    it('shows a shared volume once per host, under one partition', async () => {
      const rows = await site.rows(
        'Get-SCStorageVolume',
        {},
        { csv: 'IsClusterSharedVolume:b', partition: 'PartitionUniqueID', host: 'VMHost.Name' },
      );
      const shared = rows.filter(({ csv }) => csv === true);
      expect([rows.length, shared.length, new Set(shared.map(({ partition }) => partition)).size]).toEqual([5, 4, 2]);
    });

    it('knows every cmdlet on the list of the dispatcher', () => {
      const { allowed } = readScripts();
      expect([...allowed].filter((name) => name !== 'Write-DcmFile' && !cmdlets.has(name.toLowerCase()))).toEqual([]);
    });
  });

  describe('placement', () => {
    it('fills in host and location, and keeps what was pinned', async () => {
      const answer = await site.worker.run(
        [
          ...site.configuration('web'),
          { as: 'host', cmd: 'Get-SCVMHost', args: { ComputerName: 'hv03' } },
          {
            as: 'pinned',
            cmd: 'Set-SCVMConfiguration',
            args: { VMConfiguration: { $ref: 'config' }, VMHost: { $ref: 'host' } },
          },
          { as: 'placed', cmd: 'Update-SCVMConfiguration', args: { VMConfiguration: { $ref: 'config' } } },
        ],
        { return: { placed: { host: 'VMHost.Name', location: 'VMLocation' } } },
      );
      expect(answer.data['placed']).toEqual([{ host: 'hv03.contoso.test', location: 'D:' }]);
    });

    it('refuses a location that no host has', async () => {
      const steps = [
        ...site.configuration('web'),
        {
          as: 'set',
          cmd: 'Set-SCVMConfiguration',
          args: { VMConfiguration: { $ref: 'config' }, VMLocation: 'Z:\\', PinVMLocation: true },
        },
        { as: 'placed', cmd: 'Update-SCVMConfiguration', args: { VMConfiguration: { $ref: 'config' } } },
      ];
      expect((await site.worker.run(steps)).error).toMatchObject({ vmmCode: 10_638 });
    });

    it('finds no host when none has the memory, or none answers', async () => {
      for (const host of site.vmm.fabric.hosts) host.isResponding = false;
      expect((await site.create('web')).error).toMatchObject({ vmmCode: 10_638 });
    });

    it('makes no VM of a configuration that was not placed', async () => {
      const [template, group, config] = site.configuration('web');
      const made = {
        as: 'made',
        cmd: 'New-SCVirtualMachine',
        args: { Name: 'web', VMConfiguration: { $ref: 'config' } },
      };
      const answer = await site.worker.run([template, group, config, made].filter((step) => step !== undefined));
      expect(answer.error).toMatchObject({ vmmCode: 10_638 });
    });
  });

  describe('creation', () => {
    it('does not make names unique', async () => {
      await site.vm('web');
      await site.vm('web');
      expect(await site.rows('Get-SCVirtualMachine', { Name: 'WEB' }, MACHINE_ROW)).toHaveLength(2);
    });

    it('ends in CreationFailed with the error of its job, and the record goes by force', async () => {
      new Administrator(site.vmm).failNextCreation(10_638, ['web', 'no']);
      const id = await site.begin('web');
      await site.until(id, 'CreationFailed');
      const [row] = await site.rows(
        'Get-SCVirtualMachine',
        { ID: { $guid: id } },
        { job: 'MostRecentTask.Status', code: 'MostRecentTask.ErrorInfo.DisplayableErrorCode:i' },
      );
      expect(row).toEqual({ job: 'Failed', code: 10_638 });
      expect((await site.change(id, 'Remove-SCVirtualMachine')).error).toMatchObject({ vmmCode: 1730 });
      expect((await site.change(id, 'Remove-SCVirtualMachine', { Force: true })).ok).toBe(true);
      expect(site.vmm.machines).toEqual([]);
    });

    it('may succeed with information', async () => {
      new Administrator(site.vmm).remarkOnNextCreation();
      const id = await site.vm('web');
      const [row] = await site.rows('Get-SCVirtualMachine', { ID: { $guid: id } }, { job: 'MostRecentTask.Status' });
      expect(row).toEqual({ job: 'SucceedWithInfo' });
    });

    it('is called off by Stop-SCJob while it runs, and not afterwards', async () => {
      site.vmm.jobMs.create = 5000;
      const id = await site.begin('web');
      const job = await site.jobOf(id);
      const stop = [
        { as: 'job', cmd: 'Get-SCJob', args: { ID: { $guid: job } } },
        { as: 'stopped', cmd: 'Stop-SCJob', args: { Job: { $ref: 'job' } } },
      ];
      const { data } = await site.worker.run(stop, { return: { stopped: { status: 'Status' } } });
      expect(data['stopped']).toEqual([{ status: 'Canceled' }]);
      await site.until(id, 'CreationFailed');
      expect((await site.worker.run(stop)).error).toMatchObject({ vmmCode: 2601 });
    });

    it('honours sizes, cloud and what waits under its job group', async () => {
      const group = '00000000-0000-4000-8000-00000000000a';
      const answer = await site.worker.run(
        [
          { as: 'net', cmd: 'Get-SCVMNetwork', args: { Name: 'backup' } },
          { as: 'cloud', cmd: 'Get-SCCloud', args: { Name: 'gold' } },
          {
            as: 'first',
            cmd: 'Set-SCVirtualNetworkAdapter',
            args: { SlotID: 0, JobGroup: group, VMNetwork: { $ref: 'net' }, VLanEnabled: true, VLanID: 99 },
          },
          {
            as: 'more',
            cmd: 'New-SCVirtualNetworkAdapter',
            args: {
              JobGroup: group,
              Synthetic: true,
              VMNetwork: { $ref: 'net' },
              MACAddressType: 'Static',
              MACAddress: '00-00-00-00-00-00',
            },
          },
          {
            as: 'disk',
            cmd: 'New-SCVirtualDiskDrive',
            args: {
              JobGroup: group,
              SCSI: true,
              Dynamic: true,
              Bus: 0,
              LUN: 2,
              VirtualHardDiskSizeMB: 10_240,
              FileName: 'data',
            },
          },
          ...site.creation('web', {
            JobGroup: group,
            CPUCount: 4,
            MemoryMB: 2048,
            DynamicMemoryEnabled: true,
            Cloud: { $ref: 'cloud' },
          }),
        ],
        {
          return: {
            made: {
              cpus: 'CPUCount:i',
              memory: 'Memory:i',
              dynamic: 'DynamicMemoryEnabled:b',
              cloud: 'Cloud.Name',
              disks: 'VirtualDiskDrives.VirtualHardDisk.MaximumSize:i[]',
              nics: {
                each: 'VirtualNetworkAdapters',
                of: { network: 'VMNetwork.Name', vlan: 'VLanID:i', mac: 'MACAddress' },
              },
            },
          },
        },
      );
      expect(answer.data['made']).toEqual([
        {
          cpus: 4,
          memory: 2048,
          dynamic: true,
          cloud: 'gold',
          disks: [8 * GIB, 10 * GIB],
          nics: [
            { network: 'backup', vlan: 99, mac: '00:00:00:00:00:00' },
            { network: 'backup', vlan: 0, mac: expect.stringMatching(/^00:15:5D:(?!00:00:00)/) as unknown },
          ],
        },
      ]);
    });

    it('stops at the capacity of the cloud', async () => {
      const cloud = site.vmm.fabric.clouds[0];
      if (cloud === undefined) throw new Error('no cloud');
      cloud.limits = { vms: 1 };
      const withCloud = { Cloud: { $ref: 'cloud' } };
      const gold = { as: 'cloud', cmd: 'Get-SCCloud', args: { Name: 'gold' } };
      expect((await site.worker.run([gold, ...site.creation('a', withCloud)])).ok).toBe(true);
      expect((await site.worker.run([gold, ...site.creation('b', withCloud)])).error).toMatchObject({
        vmmCode: 25_711,
      });
      const rows = await site.worker.run(
        [gold, { as: 'capacity', cmd: 'Get-SCCloudCapacity', args: { Cloud: { $ref: 'cloud' } } }],
        { return: { capacity: { vms: 'VMCount:i', used: 'UsedVMCount:i', free: 'UseCPUCountMaximum:b' } } },
      );
      expect(rows.data['capacity']).toEqual([{ vms: 1, used: 1, free: true }]);
    });
  });
});
