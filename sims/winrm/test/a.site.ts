import type { Vmm } from '../model/vmm';
import type { VmmOptions } from '../options';
import { aServer, Worker, type Result, type Step } from './a.process';

/** What specs look at in a VM. */
export const MACHINE_ROW = {
  id: 'ID',
  status: 'Status',
  cpus: 'CPUCount:i',
  memory: 'Memory:i',
  tag: 'Tag',
  tools: 'HasVMAdditions:b',
  disks: 'VirtualDiskDrives.VirtualHardDisk.MaximumSize:i[]',
  ips: 'VirtualNetworkAdapters.IPv4Addresses:s[]',
};

const QUICK = {
  create: 10,
  start: 5,
  stop: 5,
  shutdown: 5,
  save: 5,
  suspend: 5,
  delete: 5,
  update: 2,
  disk: 5,
  checkpoint: 5,
  refresh: 5,
};

/** A management server with a connected worker, and what specs do with it. */
export class Site {
  private constructor(
    readonly vmm: Vmm,
    readonly worker: Worker,
    private readonly end: () => void,
  ) {}

  static async open(options: VmmOptions = {}): Promise<Site> {
    const { vmm, powershell } = aServer({ jobMs: QUICK, ...options });
    return new Site(vmm, await Worker.connected(powershell), () => {
      powershell.killAll();
      vmm.stop();
    });
  }

  close(): void {
    this.end();
  }

  /** Steps up to a configuration that is not placed. */
  configuration(name: string, template = 'debian-12-template'): Step[] {
    return [
      { as: 'template', cmd: 'Get-SCVMTemplate', args: { Name: template }, expect: 'one' },
      { as: 'group', cmd: 'Get-SCVMHostGroup', args: { Name: 'lab' }, expect: 'one' },
      {
        as: 'config',
        cmd: 'New-SCVMConfiguration',
        args: { VMTemplate: { $ref: 'template' }, Name: name, VMHostGroup: { $ref: 'group' } },
      },
    ];
  }

  creation(name: string, extra: Step = {}, template?: string): Step[] {
    return [
      ...this.configuration(name, template),
      { as: 'placed', cmd: 'Update-SCVMConfiguration', args: { VMConfiguration: { $ref: 'config' } } },
      {
        as: 'made',
        cmd: 'New-SCVirtualMachine',
        args: { Name: name, VMConfiguration: { $ref: 'placed' }, RunAsynchronously: true, ...extra },
      },
    ];
  }

  create(name: string, extra: Step = {}, template?: string): Promise<Result> {
    return this.worker.run(this.creation(name, extra, template), { return: { made: { id: 'ID' } } });
  }

  /** Begins to make a VM. @returns its ID. */
  async begin(name: string, template?: string, description = ''): Promise<string> {
    const { data } = await this.create(name, { Description: description }, template);
    return String(data['made']?.[0]?.['id']);
  }

  /** A VM that is made and off. */
  async vm(name: string, template?: string, description?: string): Promise<string> {
    const id = await this.begin(name, template, description);
    await this.until(id, 'PowerOff');
    return id;
  }

  theVm(id: string): Step {
    return { as: 'vm', cmd: 'Get-SCVirtualMachine', args: { ID: { $guid: id } }, expect: 'one' };
  }

  /** Runs a cmdlet on a VM, to its end. */
  change(id: string, cmd: string, args: Step = {}): Promise<Result> {
    const step = { as: 'done', cmd, args: { VM: { $ref: 'vm' }, ...args } };
    return this.worker.run([this.theVm(id), step], { return: { done: MACHINE_ROW } });
  }

  expand(id: string, sizeGb: number): Promise<Result> {
    const drive = { as: 'drive', cmd: 'Get-SCVirtualDiskDrive', args: { VM: { $ref: 'vm' } } };
    const args = { VirtualDiskDrive: { $ref: 'drive' }, VirtualHardDiskSizeGB: sizeGb };
    return this.worker.run([this.theVm(id), drive, { as: 'done', cmd: 'Expand-SCVirtualDiskDrive', args }]);
  }

  checkpoint(id: string, name: string, cmd: string): Promise<Result> {
    const where = { path: 'Name', op: 'eq', value: name };
    const found = { as: 'point', cmd: 'Get-SCVMCheckpoint', args: { VM: { $ref: 'vm' } }, where, expect: 'one' };
    return this.worker.run([this.theVm(id), found, { as: 'done', cmd, args: { VMCheckpoint: { $ref: 'point' } } }]);
  }

  async rows(cmd: string, args: Step, row: Readonly<Record<string, unknown>>): Promise<readonly Step[]> {
    const answer = await this.worker.run([{ as: 'all', cmd, args }], { return: { all: row } });
    if (!answer.ok) throw new Error(answer.error?.message);
    return answer.data['all'] ?? [];
  }

  async jobOf(id: string): Promise<string> {
    const [row] = await this.rows('Get-SCVirtualMachine', { ID: { $guid: id } }, { job: 'MostRecentTask.ID' });
    return String(row?.['job']);
  }

  async until(id: string, status: string): Promise<void> {
    const deadline = Date.now() + 3000;
    for (;;) {
      const [row] = await this.rows('Get-SCVirtualMachine', { ID: { $guid: id } }, { status: 'Status' });
      if (row?.['status'] === status) return;
      if (Date.now() > deadline) throw new Error(`${id} is ${String(row?.['status'])}, not ${status}`);
    }
  }
}
