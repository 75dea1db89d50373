import { HypervisorError } from '@dcm/contracts';
import { Stand } from './stand';

jest.setTimeout(120_000);

describe('workers that make the same VM at once', () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await Stand.start({ taskDelayMs: { qmclone: 150 } });
  });
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  it('make one: twelve of them, with one VMID', async () => {
    const instance = stand.instance({ cpus: 2, memoryMib: 256 });
    const workers = Array.from({ length: 12 }, () => stand.open());
    const outcomes = await Promise.allSettled(
      workers.map((adapter, index) =>
        stand.provision(adapter, instance, stand.context(instance, { attempt: index + 1 })),
      ),
    );
    const made = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    for (const one of outcomes) {
      if (one.status === 'fulfilled') continue;
      expect(one.reason).toBeInstanceOf(HypervisorError);
      expect(one.reason).toMatchObject({ retryable: true });
    }
    expect(made.filter(({ how }) => how === 'created').length).toBeLessThanOrEqual(1);
    const last = await stand.provisionInTheEnd(stand.open(), instance, 13);
    expect(last).toMatchObject({ cpus: 2, memoryMib: 256, power: 'on', nativeId: String(stand.vmidOf(instance)) });
    expect((await stand.admin.listVms()).map(({ nativeId }) => nativeId)).toEqual([last.nativeId]);
    expect(await stand.admin.volumesOf(stand.vmidOf(instance))).toHaveLength(2);
  });

  it('burn a number that a stranger holds, and leave the stranger alone', async () => {
    const instance = stand.instance();
    const path = '/nodes/pve2/qemu';
    await stand.admin.rest.run('POST', path, { vmid: stand.vmidOf(instance), name: 'stranger', memory: 64 });
    const before = stand.proxy.mutations;
    // The account does not see it, for it is in no pool of its own.
    await expect(stand.provision(stand.open(), instance)).rejects.toMatchObject({
      reason: 'NUMBER_TAKEN',
      effect: 'NONE',
      retryable: true,
    });
    const after = await stand.admin.config(String(stand.vmidOf(instance)));
    expect([after['name'], after['description']]).toEqual(['stranger', undefined]);
    expect(stand.proxy.mutations - before).toBeLessThanOrEqual(1);
  });
});
