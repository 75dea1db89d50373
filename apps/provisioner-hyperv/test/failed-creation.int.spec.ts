import { HypervisorError } from '@dcm/contracts';
import { WorkerPool } from '../src/powershell/worker.pool';
import { Stand } from './stand';

describe('a creation that VMM began and could not end', () => {
  let stand: Stand;

  beforeEach(async () => {
    stand = await Stand.start();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await stand.stop();
  });

  it('leaves no record behind, says that nothing is there, and is made by the next attempt', async () => {
    const instance = stand.instance({ poweredOn: false });
    const port = stand.open();
    stand.simulator.console.failNextCreation();
    const failed: unknown = await stand.provision(port, instance).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(HypervisorError);
    expect(failed).toMatchObject({ effect: 'NONE' });
    expect(stand.namesakes(instance)).toEqual([]);
    const { how, status } = await stand.provision(port, instance, stand.context(instance, { attempt: 2 }));
    expect(how).toBe('created');
    expect(stand.namesakes(instance)).toEqual([status.nativeId]);
  });

  it('is removed by the next attempt when the first one could not, and the new VM is told from it', async () => {
    const instance = stand.instance({ poweredOn: false });
    stand.simulator.console.failNextCreation();
    const context = stand.context(instance);
    context.refuseClaimAfter(1);
    await expect(stand.provision(stand.open(), instance, context)).rejects.toBeInstanceOf(HypervisorError);
    const [left] = stand.namesakes(instance);
    expect(stand.simulator.console.vms.find(({ ID }) => ID === left)).toMatchObject({ overlay: 'CreationFailed' });

    const run = jest.spyOn(WorkerPool.prototype, 'run');
    const { how, status } = await stand.provision(stand.open(), instance, stand.context(instance, { attempt: 2 }));
    expect(how).toBe('created');
    expect(stand.namesakes(instance)).toEqual([status.nativeId]);
    expect(status.nativeId).not.toBe(left);
    const sent = run.mock.calls.map(([batch]) => JSON.stringify(batch)).filter((text) => text.includes(':try-2'));
    expect(sent).toHaveLength(1);
    expect(sent[0]).toContain('New-SCVirtualMachine');
  });
});
