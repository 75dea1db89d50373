import { aServer, creation, Worker, type Result, type Step } from './a.process';

const ROW = { id: 'ID', status: 'Status', job: 'MostRecentTask.ID', ips: 'VirtualNetworkAdapters.IPv4Addresses:s[]' };

describe('a VM on the simulated management server', () => {
  const { vmm, powershell } = aServer();
  let worker: Worker;
  beforeAll(async () => (worker = await Worker.connected(powershell)));
  afterAll(() => {
    powershell.killAll();
    vmm.stop();
  });

  const theVm = (id: string): Step => ({
    as: 'vm',
    cmd: 'Get-SCVirtualMachine',
    args: { ID: { $guid: id } },
    expect: 'one',
  });
  const row = async (id: string): Promise<Readonly<Record<string, unknown>>> =>
    (await worker.run([theVm(id)], { return: { vm: ROW } })).data['vm']?.[0] ?? {};
  const change = (id: string, cmd: string, args: Step = {}): Promise<Result> =>
    worker.run([theVm(id), { as: 'done', cmd, args: { VM: { $ref: 'vm' }, ...args } }], { return: { done: ROW } });

  async function until(id: string, status: string): Promise<void> {
    const deadline = Date.now() + 3000;
    while ((await row(id))['status'] !== status) if (Date.now() > deadline) throw new Error(`${id} is not ${status}`);
  }

  it('is made at once as a record under creation, by a job that leads to a powered-off VM', async () => {
    const made = await worker.run(creation('web-01', 'mark'), { return: { made: ROW } });
    expect(made.data['made']?.[0]?.['status']).toBe('UnderCreation');
    expect(made.data['made']?.[0]?.['job']).toMatch(/^[0-9a-f-]{36}$/);
    const id = String(made.data['made']?.[0]?.['id']);
    await until(id, 'PowerOff');
    const job = await worker.run(
      [{ as: 'job', cmd: 'Get-SCJob', args: { ID: { $guid: made.data['made']?.[0]?.['job'] } } }],
      {
        return: {
          job: { status: 'Status', progress: 'ProgressValue:i', code: 'ErrorInfo.Code:i', is: 'IsCompleted:b' },
        },
      },
    );
    expect(job.data['job']).toEqual([{ status: 'Completed', progress: 100, code: 0, is: true }]);
  });

  it('starts, gets an address late, refuses to be removed, is turned off, and is removed', async () => {
    const made = await worker.run(creation('web-02', ''), { return: { made: ROW } });
    const id = String(made.data['made']?.[0]?.['id']);
    await until(id, 'PowerOff');
    expect((await change(id, 'Start-SCVirtualMachine')).data['done']?.[0]).toMatchObject({
      status: 'Running',
      ips: [],
    });
    const deadline = Date.now() + 3000;
    while ((await row(id))['ips']?.toString() === '') if (Date.now() > deadline) throw new Error('no address');
    expect((await row(id))['ips']).toEqual([expect.stringMatching(/^10\.88\.\d+\.\d+$/)]);
    expect((await change(id, 'Remove-SCVirtualMachine')).error).toMatchObject({ vmmCode: 1730 });
    expect((await change(id, 'Stop-SCVirtualMachine', { Force: true })).data['done']?.[0]).toMatchObject({
      status: 'PowerOff',
    });
    expect((await change(id, 'Remove-SCVirtualMachine')).ok).toBe(true);
    expect((await worker.run([theVm(id)])).error).toMatchObject({ vmmCode: 801 });
  });

  it('is locked by its job', async () => {
    const made = await worker.run(creation('web-03', ''), { return: { made: ROW } });
    const id = String(made.data['made']?.[0]?.['id']);
    expect((await change(id, 'Start-SCVirtualMachine')).error).toMatchObject({ vmmCode: 2606 });
  });

  it('is not stopped in two ways at once', async () => {
    const id = vmm.addStranger('stranger').ID;
    const answer = await change(id, 'Stop-SCVirtualMachine', { Force: true, Shutdown: true });
    expect(answer.error?.fqid).toBe('AmbiguousParameterSet,Stop-SCVirtualMachine');
  });
});
