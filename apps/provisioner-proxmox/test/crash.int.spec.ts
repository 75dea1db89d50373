import type { VmSpec } from '@dcm/contracts';
import { Stand } from './stand';

jest.setTimeout(400_000);

/** Needs every step: clone, configuration with cards and a disk, a disk that grows, power. */
const DEMANDING: Partial<VmSpec> = {
  cpus: 2,
  memoryMib: 256,
  disks: [{ sizeGib: 3 }, { sizeGib: 1 }],
  networks: [{ network: 'vmbr1', address: { cidr: '192.0.2.7/24' } }, { network: 'vmbr0' }],
};
const AS_ASKED = { cpus: 2, memoryMib: 256, power: 'on', disks: DEMANDING.disks, complete: true };

/** Milliseconds after which a worker dies, from before its first call to after its last; each third unless all are asked for. */
const EVERY = process.env['DCM_CRASH_POINTS'] === 'all' ? 1 : 3;
const CRASH_POINTS = Array.from({ length: 30 }, (_, index) => index * 12).filter((_, index) => index % EVERY === 0);

describe('a worker that dies', () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await Stand.start({ taskDelayMs: { qmclone: 80, qmconfig: 20, resize: 20, qmstart: 40 } });
  });
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  it('leaves one whole VM to two others that are given the same work at once, whenever it died', async () => {
    for (const [index, crashMs] of CRASH_POINTS.entries()) {
      const instance = stand.instance(DEMANDING);
      const planner = stand.open();
      const plan = await planner.plan(instance.spec, stand.look());
      const dying = stand.open();
      const context = stand.context(instance);
      const dead = Promise.allSettled([dying.provisionVm({ spec: instance.spec, plan }, context)]);
      await new Promise((resolve) => setTimeout(resolve, crashMs));
      // Its connections break, and nothing of it acts any more.
      context.refuseClaimAfter(0);
      await dying.close();
      const [one, other] = await Promise.all([
        stand.provisionInTheEnd(stand.open(), instance),
        stand.provisionInTheEnd(stand.open(), instance),
      ]);
      await dead;
      expect({ index, ...one }).toMatchObject({ index, ...AS_ASKED });
      expect(other.nativeId).toBe(one.nativeId);
      expect(await stand.namesakes(instance)).toEqual([one.nativeId]);
      // Two disks and the drive for cloud-init.
      expect({ index, volumes: (await stand.admin.volumesOf(stand.vmidOf(instance))).length }).toEqual({
        index,
        volumes: 3,
      });
      await stand.clear();
      expect(await stand.admin.volumesOf(stand.vmidOf(instance))).toEqual([]);
    }
  });

  it('is followed by one who finishes its work, at whichever changing call it lost its claim', async () => {
    const rehearsal = stand.instance(DEMANDING);
    const whole = stand.context(rehearsal);
    await stand.provision(stand.open(), rehearsal, whole);
    expect(whole.granted).toBeGreaterThanOrEqual(4);
    for (let allowed = 0; allowed < whole.granted; allowed += 1) {
      const instance = stand.instance(DEMANDING);
      const broken = stand.context(instance).refuseClaimAfter(allowed);
      await expect(stand.provision(stand.open(), instance, broken)).rejects.toMatchObject({ reason: 'CLAIM_LOST' });
      const { how, status } = await stand.provision(stand.open(), instance, stand.context(instance, { attempt: 2 }));
      expect({ allowed, how }).toEqual({ allowed, how: allowed === 0 ? 'created' : 'adopted' });
      expect(status).toMatchObject(AS_ASKED);
      expect(await stand.namesakes(instance)).toEqual([status.nativeId]);
    }
  });

  it('is made good by itself, whichever answer was lost', async () => {
    for (const operation of [/\/clone$/, /POST .*\/config$/, /\/resize$/, /\/start$/, /GET .*\/config$/, /\/tasks/]) {
      const instance = stand.instance(DEMANDING);
      const adapter = stand.open();
      const plan = await adapter.plan(instance.spec, stand.look());
      stand.proxy.loseAnswer(operation);
      const first = await adapter
        .provisionVm({ spec: instance.spec, plan }, stand.context(instance))
        .catch((error: unknown) => error);
      if (first instanceof Error) expect(first).toMatchObject({ retryable: true });
      expect(await stand.provisionInTheEnd(stand.open(), instance)).toMatchObject(AS_ASKED);
      expect(await stand.namesakes(instance)).toHaveLength(1);
    }
  });
});
