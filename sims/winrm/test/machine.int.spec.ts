import { Administrator } from '../administrator';
import { MACHINE_ROW, Site } from './a.site';

const GIB = 1024 ** 3;

describe('a VM of the management server', () => {
  let site: Site;
  beforeEach(async () => (site = await Site.open()));
  afterEach(() => {
    site.close();
  });

  describe('changes', () => {
    it('of CPUs, memory and disks need a VM that is off; labels do not', async () => {
      const id = await site.vm('web');
      await site.change(id, 'Start-SCVirtualMachine');
      expect((await site.change(id, 'Set-SCVirtualMachine', { CPUCount: 2 })).error).toMatchObject({ vmmCode: 1730 });
      expect((await site.change(id, 'Set-SCVirtualMachine', { Description: 'x', Tag: 'y' })).ok).toBe(true);
      expect((await site.expand(id, 20)).error).toMatchObject({ vmmCode: 1730 });
      await site.change(id, 'Stop-SCVirtualMachine', { Force: true });
      expect((await site.change(id, 'Set-SCVirtualMachine', { CPUCount: 2, MemoryMB: 2048 })).ok).toBe(true);
      expect((await site.expand(id, 20)).ok).toBe(true);
      expect((await site.expand(id, 10)).error).toMatchObject({ vmmCode: 23_008 });
      const [row] = await site.rows('Get-SCVirtualMachine', { ID: { $guid: id } }, MACHINE_ROW);
      expect(row).toMatchObject({ cpus: 2, memory: 2048, disks: [20 * GIB], tag: 'y' });
    });

    it('of disks are refused while there is a checkpoint', async () => {
      const id = await site.vm('web');
      await site.change(id, 'New-SCVMCheckpoint', { Name: 'a' });
      expect((await site.expand(id, 20)).error).toMatchObject({ vmmCode: 23_008 });
    });

    it('do not put two disks into one slot', async () => {
      const id = await site.vm('web');
      const disk = { SCSI: true, Dynamic: true, Bus: 0, LUN: 0, VirtualHardDiskSizeMB: 1024, FileName: 'data' };
      expect((await site.change(id, 'New-SCVirtualDiskDrive', disk)).error).toMatchObject({ vmmCode: 23_008 });
      expect((await site.change(id, 'New-SCVirtualDiskDrive', { ...disk, LUN: 2 })).ok).toBe(true);
    });
  });

  describe('checkpoints', () => {
    it('bring back size and power, and leave the others', async () => {
      const id = await site.vm('web');
      const current = {
        return: {
          vm: { on: 'LastRestoredCheckpointID', cpus: 'CPUCount:i', status: 'Status', all: 'VMCheckpoints.Name:s[]' },
        },
      };
      const restore = (name: string): Promise<unknown> => site.checkpoint(id, name, 'Restore-SCVMCheckpoint');
      await site.change(id, 'New-SCVMCheckpoint', { Name: 'small' });
      await site.change(id, 'Set-SCVirtualMachine', { CPUCount: 2 });
      await site.change(id, 'Start-SCVirtualMachine');
      await site.change(id, 'New-SCVMCheckpoint', { Name: 'large' });
      await restore('small');
      const small = await site.worker.run([site.theVm(id)], current);
      expect(small.data['vm']?.[0]).toMatchObject({ cpus: 1, status: 'PowerOff', all: ['small', 'large'] });
      await restore('large');
      const large = await site.worker.run([site.theVm(id)], current);
      expect(large.data['vm']?.[0]).toMatchObject({ cpus: 2, status: 'Saved' });
      expect(large.data['vm']?.[0]?.['on']).not.toBe(small.data['vm']?.[0]?.['on']);
      await site.checkpoint(id, 'large', 'Remove-SCVMCheckpoint');
      const rest = await site.worker.run([site.theVm(id)], current);
      expect(rest.data['vm']?.[0]).toMatchObject({ all: ['small'], on: small.data['vm']?.[0]?.['on'] });
    });
  });

  describe('power', () => {
    it('goes from state to state by the ways that there are', async () => {
      const id = await site.vm('web');
      const ways: [string, Readonly<Record<string, unknown>>, string][] = [
        ['Start-SCVirtualMachine', {}, 'Running'],
        ['Suspend-SCVirtualMachine', {}, 'Paused'],
        ['Resume-SCVirtualMachine', {}, 'Running'],
        ['Stop-SCVirtualMachine', { SaveState: true }, 'Saved'],
        ['Start-SCVirtualMachine', {}, 'Running'],
        ['Reset-SCVirtualMachine', {}, 'Running'],
        ['Stop-SCVirtualMachine', { SaveState: true }, 'Saved'],
        ['Stop-SCVirtualMachine', { DiscardSavedState: true }, 'PowerOff'],
      ];
      for (const [cmd, args, status] of ways) {
        expect((await site.change(id, cmd, args)).data['done']?.[0]).toMatchObject({ status });
      }
      expect((await site.change(id, 'Reset-SCVirtualMachine')).error).toMatchObject({ vmmCode: 1730 });
    });

    it('shuts down only a guest whose integration services run', async () => {
      const id = await site.vm('web');
      await site.change(id, 'Start-SCVirtualMachine');
      new Administrator(site.vmm).guest(id, { tools: 'not-running', addresses: [] });
      expect((await site.change(id, 'Stop-SCVirtualMachine', { Shutdown: true })).error).toMatchObject({
        vmmCode: 1707,
      });
      new Administrator(site.vmm).guest(id, {
        tools: 'running',
        addresses: [
          { address: '172.17.0.1', on: 'bridge' },
          { address: '10.9.8.7', on: 'nic' },
        ],
      });
      const [row] = await site.rows('Get-SCVirtualMachine', { ID: { $guid: id } }, MACHINE_ROW);
      expect(row).toMatchObject({ ips: ['10.9.8.7'], tools: true });
      expect((await site.change(id, 'Stop-SCVirtualMachine', { Shutdown: true })).ok).toBe(true);
    });

    it('does not start more than the host has memory for', async () => {
      const id = await site.vm('web');
      await site.change(id, 'Set-SCVirtualMachine', { MemoryMB: 256 * 1024 });
      expect((await site.change(id, 'Start-SCVirtualMachine')).error).toMatchObject({ vmmCode: 12_700 });
    });

    it('shows addresses of a Windows guest after a refresh only', async () => {
      Object.assign(site.vmm.guests, { bootMs: 0, addressMs: 0 });
      const id = await site.vm('win', 'windows-2022-template');
      await site.change(id, 'Start-SCVirtualMachine');
      await new Promise((resolve) => setTimeout(resolve, 30));
      const ips = async (): Promise<unknown> =>
        (await site.rows('Get-SCVirtualMachine', { ID: { $guid: id } }, MACHINE_ROW))[0]?.['ips'];
      expect(await ips()).toEqual([]);
      await site.change(id, 'Read-SCVirtualMachine');
      expect(await ips()).toEqual([expect.stringMatching(/^10\.88\./)]);
    });

    it('cannot be told to a host that does not answer', async () => {
      const id = await site.vm('web');
      const host = site.vmm.machines[0]?.VMHost.Name ?? '';
      const restore = new Administrator(site.vmm).loseHost(host);
      expect((await site.rows('Get-SCVirtualMachine', { ID: { $guid: id } }, MACHINE_ROW))[0]).toMatchObject({
        status: 'HostNotResponding',
      });
      expect((await site.change(id, 'Start-SCVirtualMachine')).error).toMatchObject({ vmmCode: 2912 });
      restore();
      expect((await site.change(id, 'Start-SCVirtualMachine')).ok).toBe(true);
    });
  });

  describe('the library', () => {
    const ROOT = 'C:\\ProgramData\\Virtual Machine Manager Library Files';
    const seed = (Name: string, Content = 'aGVsbG8='): object => ({
      as: 'file',
      cmd: 'Write-DcmFile',
      args: { Root: ROOT, Name, Content },
    });

    it('finds a file after its share was refreshed, and takes it into a DVD drive', async () => {
      const id = await site.vm('web');
      const [share, refresh, iso] = [
        { as: 'share', cmd: 'Get-SCLibraryShare' },
        { as: 'refresh', cmd: 'Read-SCLibraryShare', args: { LibraryShare: { $ref: 'share' } } },
        {
          as: 'iso',
          cmd: 'Get-SCISO',
          where: { path: 'SharePath', op: 'eq', value: '\\\\vmm01.contoso.test\\MSSCVMMLibrary\\Seed-1.iso' },
        },
      ];
      const path = { return: { iso: { path: 'SharePath', size: 'Size:i' } } };
      expect((await site.worker.run([seed('Seed-1.iso') as never, iso], path)).data['iso']).toEqual([]);
      const insert = {
        as: 'set',
        cmd: 'Set-SCVirtualDVDDrive',
        args: { VirtualDVDDrive: { $ref: 'dvd' }, ISO: { $ref: 'iso' } },
      };
      const drive = { as: 'dvd', cmd: 'Get-SCVirtualDVDDrive', args: { VM: { $ref: 'vm' } }, expect: 'one' };
      const answer = await site.worker.run([share, refresh, iso, site.theVm(id), drive, insert], path);
      expect(answer.data['iso']).toEqual([{ path: '\\\\vmm01.contoso.test\\MSSCVMMLibrary\\Seed-1.iso', size: 5 }]);
      const inserted = site.vmm.machines[0]?.VirtualDVDDrives[0]?.ISO;
      expect(inserted && site.vmm.library.contentOf(inserted)?.toString()).toBe('hello');
      await site.worker.run([iso, { as: 'gone', cmd: 'Remove-SCISO', args: { ISO: { $ref: 'iso' } } }]);
      expect((await site.worker.run([share, refresh, iso], path)).data['iso']).toEqual([]);
    });

    it.each([
      ['a name that leads elsewhere', { Root: ROOT, Name: '..\\evil.iso', Content: '' }],
      ['another kind of file', { Root: ROOT, Name: 'evil.ps1', Content: '' }],
      ['a folder that is not there', { Root: 'C:\\Windows', Name: 'a.iso', Content: '' }],
      ['more than a MiB', { Root: ROOT, Name: 'a.iso', Content: Buffer.alloc(1_048_577).toString('base64') }],
    ])('refuses %s', async (_, args) => {
      const answer = await site.worker.run([{ as: 'file', cmd: 'Write-DcmFile', args }]);
      expect(answer.error).toMatchObject({ dcm: 'FILE_REFUSED' });
    });
  });

  describe('an administrator', () => {
    it('copies a VM with its description, and leaves jobs behind', async () => {
      const id = await site.vm('web', undefined, 'mark');
      const administrator = new Administrator(site.vmm);
      administrator.describe(id, `mark:${id}`);
      const copy = administrator.copy(id, 'copy');
      const twin = administrator.duplicate(id, 'twin');
      expect([copy.Description, twin.Description]).toEqual([`mark:${id}`, `mark:${twin.ID}`]);
      administrator.delete(copy.ID);
      const jobs = await site.rows(
        'Get-SCJob',
        { Newest: 1 },
        { name: 'Name', of: 'ResultObjectID', status: 'Status' },
      );
      expect(jobs[0]).toEqual({ name: 'Remove virtual machine', of: copy.ID, status: 'Completed' });
    });
  });
});
