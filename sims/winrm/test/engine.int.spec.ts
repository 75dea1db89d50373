import { VmmError } from '../model/errors';
import { Administrator } from '../administrator';
import type { PowerShell } from '../engine/powershell';
import type { Vmm } from '../model/vmm';
import { aServer, base64Line, COMMAND, creation, DISPATCHER_LINE, Worker } from './a.process';

describe('powershell.exe of the simulator', () => {
  const servers: { vmm: Vmm; powershell: PowerShell }[] = [];
  const server = (...args: Parameters<typeof aServer>): ReturnType<typeof aServer> => {
    const made = aServer(...args);
    servers.push(made);
    return made;
  };
  afterEach(() => {
    for (const { vmm, powershell } of servers.splice(0)) {
      powershell.killAll();
      vmm.stop();
    }
  });
  const encoded = (script: string): string =>
    `powershell.exe -NoProfile -EncodedCommand ${Buffer.from(script, 'utf16le').toString('base64')}`;

  it.each([
    ['a foreign script', encoded('Get-ChildItem C:\\')],
    ['a command', 'powershell.exe -NoProfile -Command Get-ChildItem'],
    ['no script', 'powershell.exe -Command -'],
  ])('refuses %s with CLIXML and exit code 1', async (_, commandLine) => {
    const worker = Worker.spawn(server().powershell, commandLine);
    expect(await worker.program.exit).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(worker.errors).toMatch(/^#< CLIXML\r\n<Objs .*<S S="Error">This simulator has no PowerShell/);
    expect(worker.output).toBe('');
  });

  it('refuses another dispatcher than the shipped one', async () => {
    const worker = Worker.spawn(server().powershell);
    worker.write(base64Line('function Invoke-DcmLine { calc }'));
    expect(await worker.program.exit).toBe(1);
    expect(worker.output).toBe('');
  });

  it('knows no other program', async () => {
    const worker = Worker.spawn(server().powershell, 'ipconfig /all');
    expect(await worker.program.exit).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(worker.errors).toContain("'ipconfig' is not recognized");
  });

  it('is ready once it has the dispatcher, whatever the mark and the pieces in which it came, and ends with its input', async () => {
    const worker = Worker.spawn(
      server().powershell,
      COMMAND.replace('powershell.exe', 'C:\\Windows\\System32\\powershell.exe'),
    );
    const line = `\ufeff${DISPATCHER_LINE}`;
    worker.write(line.slice(0, 1000));
    worker.write(line.slice(1000));
    expect(await worker.frame('0')).toMatchObject({ version: expect.stringMatching(/^5\.1/) as unknown });
    worker.endInput();
    expect(await worker.program.exit).toBe(0);
  });

  it('is told by the management server that it is not connected', async () => {
    const worker = Worker.spawn(server().powershell);
    worker.write(DISPATCHER_LINE);
    const { error } = await worker.run([{ as: 'vms', cmd: 'Get-SCVirtualMachine', args: { All: true } }]);
    expect(error).toMatchObject({ vmmCode: 1615, message: expect.stringContaining('(Error ID: 1615)') as unknown });
  });

  it('speaks another language with the same numbers', async () => {
    const worker = Worker.spawn(server({ locale: 'de' }).powershell);
    worker.write(DISPATCHER_LINE);
    const { error } = await worker.run([{ as: 'vms', cmd: 'Get-SCVirtualMachine', args: { All: true } }]);
    expect(error).toMatchObject({ vmmCode: 1615, message: expect.stringContaining('(Fehler-ID: 1615)') as unknown });
  });

  it.each([
    ['an unknown parameter', { Nme: 'x' }, 'NamedParameterNotFound'],
    [
      'parameters of two sets',
      { ID: { $guid: '00000000-0000-4000-8000-000000000001' }, All: true },
      'AmbiguousParameterSet',
    ],
    ['a text that is no GUID', { ID: 'web-01' }, 'CannotConvertArgumentNoMessage'],
  ])('does not bind %s', async (_, args, id) => {
    const worker = await Worker.connected(server().powershell);
    const { error } = await worker.run([{ as: 'vm', cmd: 'Get-SCVirtualMachine', args }]);
    expect(error?.fqid).toBe(`${id},Get-SCVirtualMachine`);
  });

  it('does not run a cmdlet whose mandatory parameter is missing', async () => {
    const worker = await Worker.connected(server().powershell);
    const { error } = await worker.run([{ as: 'vm', cmd: 'Start-SCVirtualMachine' }]);
    expect(error?.fqid).toBe('MissingMandatoryParameter,Start-SCVirtualMachine');
  });

  it('shares mutexes with other processes, and leaves them to those when it is killed', async () => {
    const { powershell } = server({ cmdletMs: 40 });
    const [first, second] = [await Worker.connected(powershell), await Worker.connected(powershell)];
    const step = { as: 'jobs', cmd: 'Get-SCJob' };
    const lock = { lock: 'one', lockMs: 1000 };
    first.send([step, { ...step, as: 'again' }, { ...step, as: 'third' }], lock);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await second.run([step], { ...lock, lockMs: 20 })).toMatchObject({
      ok: false,
      error: { dcm: 'LOCK_TIMEOUT' },
    });
    first.program.kill();
    expect(await second.run([step], lock)).toMatchObject({ ok: true });
    expect(await first.program.exit).toBe(-1_073_741_510);
  });

  it('runs on when its client has gone: the VM is made, and its answer is lost', async () => {
    const { vmm, powershell } = server();
    const worker = await Worker.connected(powershell);
    const lost = new Promise<number>((resolve) => (powershell.faults.loseConnection = resolve));
    powershell.faults.loseNext('create');
    worker.send(creation('web', 'mark'));
    await lost;
    expect(vmm.machines.map(({ Description }) => Description)).toEqual(['mark']);
    expect(worker.output).not.toContain('#DCM1 2 ');
    expect((await worker.run([{ as: 'jobs', cmd: 'Get-SCJob' }])).ok).toBe(true);
  });

  it('holds up the next request that may change something before any of it is done', async () => {
    const { vmm, powershell } = server();
    const worker = await Worker.connected(powershell);
    const { arrived, release } = powershell.faults.holdNext();
    await worker.run([{ as: 'jobs', cmd: 'Get-SCJob' }]);
    const id = worker.send(creation('web', ''));
    await arrived;
    expect([vmm.machines.length, powershell.faults.mutations]).toEqual([0, 0]);
    release();
    await worker.frame(id);
    expect([vmm.machines.length, powershell.faults.mutations]).toEqual([1, 1]);
  });

  it('counts requests that changed something, not those that were refused', async () => {
    const { vmm, powershell } = server();
    const worker = await Worker.connected(powershell);
    const vm = { as: 'vm', cmd: 'Get-SCVirtualMachine', args: { ID: { $guid: vmm.addStranger('a').ID } } };
    const set = (CPUCount: number): object => ({ VM: { $ref: 'vm' }, CPUCount });
    await worker.run([vm, { as: 'set', cmd: 'Set-SCVirtualMachine', args: set(99) }]);
    expect(powershell.faults.mutations).toBe(0);
    await worker.run([vm, { as: 'set', cmd: 'Set-SCVirtualMachine', args: set(2) }]);
    expect(powershell.faults.mutations).toBe(1);
  });

  it('makes noise: a byte order mark, foreign lines, progress records', async () => {
    const { powershell } = server();
    Object.assign(powershell.faults, { startsWithBom: true, noiseLines: ['WARNING: hello'], progressRecords: 1 });
    const worker = await Worker.connected(powershell);
    expect(worker.output).toMatch(/^\u00ef\u00bb\u00bf#DCM1 0 ready /);
    expect(worker.output).toContain('WARNING: hello\r\n#DCM1 1 result ');
    expect(worker.errors).toContain('Preparing modules for first use.');
    await worker.run([{ as: 'jobs', cmd: 'Get-SCJob' }]);
    expect(worker.errors.match(/CLIXML/g)).toHaveLength(1);
  });

  it('hangs, is slow and refuses as it is told', async () => {
    const { powershell } = server();
    const worker = await Worker.connected(powershell);
    const release = powershell.faults.hang();
    const id = worker.send([{ as: 'jobs', cmd: 'Get-SCJob' }]);
    await expect(worker.frame(id, 50)).rejects.toThrow('No frame');
    release();
    await worker.frame(id);
    const quick = powershell.faults.slow(60);
    const startedAt = performance.now();
    await worker.run([{ as: 'jobs', cmd: 'Get-SCJob' }]);
    expect(performance.now() - startedAt).toBeGreaterThan(55);
    quick();
    powershell.faults.refuseNext('Get-SCJob', new VmmError(2916, ['hv01']));
    expect((await worker.run([{ as: 'jobs', cmd: 'Get-SCJob' }])).error).toMatchObject({ vmmCode: 2916 });
    expect((await worker.run([{ as: 'jobs', cmd: 'Get-SCJob' }])).ok).toBe(true);
  });

  it('sees nothing when the role has lost its scope, and cannot even ask when it is gone', async () => {
    const { vmm, powershell } = server({ vms: 3 });
    const worker = await Worker.connected(powershell);
    const administrator = new Administrator(vmm);
    const restore = administrator.hideVms();
    const steps = ['Get-SCVirtualMachine', 'Get-SCVMHostGroup', 'Get-SCVMHost', 'Get-SCCloud'].map((cmd) => ({
      as: cmd,
      cmd,
    }));
    const wanted = { return: Object.fromEntries(steps.map(({ as }) => [as, { id: 'ID' }])) };
    expect(Object.values((await worker.run(steps, wanted)).data)).toEqual([[], [], [], []]);
    restore();
    expect((await worker.run(steps, wanted)).data['Get-SCVirtualMachine']).toHaveLength(3);
    administrator.removeRole();
    expect((await worker.run(steps)).error).toMatchObject({ vmmCode: 1604 });
  });

  it('lists a thousand VMs', async () => {
    const worker = await Worker.connected(server({ vms: 1000 }).powershell);
    const rows = { vms: { id: 'ID', name: 'Name', status: 'Status', cpus: 'CPUCount:i' } };
    const { data } = await worker.run([{ as: 'vms', cmd: 'Get-SCVirtualMachine', args: { All: true } }], {
      return: rows,
    });
    expect(new Set(data['vms']?.map(({ id }) => id)).size).toBe(1000);
  });
});
