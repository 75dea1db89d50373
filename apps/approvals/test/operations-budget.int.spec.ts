import type { Operation, OperationId, Quota } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { vmIdOf } from '@dcm/runtime';
import { OperationsStand, type Home } from './operations-stand';
import { anError } from './scene.builder';

jest.setTimeout(60_000);

/** One thousandth a vCPU and hour: 730,000 micros a month. */
const perVcpu = 730_000;
const hourly = {
  vcpuHourMicros: 1_000,
  memoryGibHourMicros: 0,
  diskGibHourMicros: 0,
  vcpuHourOffMicros: 0,
  memoryGibHourOffMicros: 0,
};

describe('quotas of cost and snapshots', () => {
  let stand: OperationsStand;
  let home: Home;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home();
    await stand.call('admin.rate.create', { scope: { site: home.site }, ...hourly });
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  const limit = (scope: 'tenant' | 'project', limits: Quota['limits']): Promise<unknown> =>
    stand.call('admin.quota.set', { scope, id: scope === 'tenant' ? home.tenantId : home.projectId, limits });
  const made = async (): Promise<OperationId> => {
    const id = await stand.create(home);
    await stand.until(id, 'succeeded');
    return id;
  };
  const row = async (create: OperationId): Promise<{ snapshots: number; cost: number; price: number | null }> => {
    const [found] = await stand.rows<{ snapshots: string; cost: string; price: string | null }>(
      `SELECT l.snapshots, l.monthly_cost_micros AS cost, v.plan_price ->> 'perMonthMicros' AS price
       FROM approvals.ledger l JOIN approvals.vm v ON v.id = l.vm_id WHERE v.id = $1`,
      [vmIdOf(create)],
    );
    const { snapshots, cost, price } = found ?? { snapshots: '-1', cost: '-1', price: null };
    return { snapshots: Number(snapshots), cost: Number(cost), price: price === null ? null : Number(price) };
  };
  const refused = async (id: OperationId): Promise<Operation['error']> => (await stand.until(id, 'rejected')).error;

  it('hold what a plan costs, refuse what is beyond the budget, and follow a resize', async () => {
    await limit('tenant', { monthlyCostMicros: 5 * perVcpu });
    const vm = await made();
    expect(await row(vm)).toEqual({ snapshots: 0, cost: 2 * perVcpu, price: 2 * perVcpu });
    const second = await made();
    const third = await stand.create(home);
    const figures = `limit ${5 * perVcpu}, in use ${4 * perVcpu}, asked ${2 * perVcpu}`;
    expect(await refused(third)).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message: `Unable to reserve quota for the VM: tenant quota of monthlyCostMicros: ${figures}`,
    });
    expect(await refused(await stand.resize(home, vm, { cpus: 4 }))).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    await stand.until(await stand.resize(home, vm, { cpus: 3 }), 'succeeded');
    expect(await row(vm)).toEqual({ snapshots: 0, cost: 3 * perVcpu, price: 3 * perVcpu });
    await stand.until(await stand.resize(home, vm, { cpus: 1 }), 'succeeded');
    expect(await row(vm)).toEqual({ snapshots: 0, cost: perVcpu, price: perVcpu });
    await stand.until(await stand.delete(home, second), 'succeeded');
    await stand.until(await stand.resize(home, vm, { cpus: 5 }), 'succeeded');
    expect(await row(vm)).toEqual({ snapshots: 0, cost: 5 * perVcpu, price: 5 * perVcpu });
  });

  it('keep the price of a plan whatever rates become, until a resize asks again', async () => {
    const vm = await made();
    await stand.call('admin.rate.create', { scope: { site: home.site }, ...hourly, vcpuHourMicros: 10_000 });
    await stand.until(await stand.snapshot(home, vm, 'create', { name: 'a' }), 'succeeded');
    expect(await row(vm)).toMatchObject({ cost: 2 * perVcpu, price: 2 * perVcpu });
    await stand.until(await stand.resize(home, vm, { cpus: 3 }), 'succeeded');
    expect(await row(vm)).toMatchObject({ cost: 30 * perVcpu, price: 30 * perVcpu });
    const [snapshot] = (await stand.vm(vm))?.snapshots ?? [];
    await stand.until(await stand.snapshot(home, vm, 'revert', { snapshotId: snapshot?.id }), 'succeeded');
    expect((await stand.vm(vm))?.cpus).toBe(2);
    expect(await row(vm)).toMatchObject({ cost: 2 * perVcpu, price: 2 * perVcpu });
  });

  it('admit exactly the snapshots that fit, and as many again when those are removed', async () => {
    await limit('project', { snapshots: 3 });
    const vms = await Promise.all(Array.from({ length: 5 }, made));
    const snap = async (vm: OperationId): Promise<Operation> => {
      const id = await stand.snapshot(home, vm, 'create', { name: 'a' });
      await waitUntil(async () => (await stand.operation(id))?.done === true, 'the snapshot to end');
      return (await stand.operation(id))!;
    };
    const ends = await Promise.all(vms.map(snap));
    expect(ends.map(({ state }) => state).sort()).toEqual([
      'rejected',
      'rejected',
      'succeeded',
      'succeeded',
      'succeeded',
    ]);
    expect(ends.find(({ state }) => state === 'rejected')?.error).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message: 'Unable to reserve quota for the VM: project quota of snapshots: limit 3, in use 3, asked 1',
    });
    const kept = vms.filter((_vm, index) => ends[index]?.state === 'succeeded');
    for (const vm of kept) {
      expect((await row(vm)).snapshots).toBe(1);
      const [snapshot] = (await stand.vm(vm))?.snapshots ?? [];
      await stand.until(await stand.snapshot(home, vm, 'remove', { snapshotId: snapshot?.id }), 'succeeded');
      expect((await row(vm)).snapshots).toBe(0);
    }
    for (const vm of vms.slice(0, 3)) expect(await snap(vm)).toMatchObject({ state: 'succeeded' });
  });

  it('count a snapshot while it is made, and give it back when it was not', async () => {
    const vm = await made();
    const seen: number[] = [];
    home.provisioner.act = async (command) => {
      await home.provisioner.ask('claim', command);
      seen.push((await row(vm)).snapshots);
      await home.provisioner.fail(command, anError('MISSING_PRIVILEGE', 'NONE'));
    };
    await stand.until(await stand.snapshot(home, vm, 'create', { name: 'never' }), 'failed');
    expect([seen, (await row(vm)).snapshots]).toEqual([[1], 0]);
  });

  it('are kept within the tenant by the database, whoever writes', async () => {
    await limit('tenant', { vcpus: 10 });
    await limit('project', { vcpus: 10 });
    const beyond = 'UPDATE approvals.quota SET limits = $2 WHERE id = $1';
    await expect(stand.rows(beyond, [home.projectId, JSON.stringify({ vcpus: 11 })])).rejects.toThrow(
      /may have 11 vcpus, its tenant only 10/,
    );
    await expect(stand.rows(beyond, [home.tenantId, JSON.stringify({ vcpus: 9 })])).rejects.toThrow(
      /may have 10 vcpus, its tenant only 9/,
    );
  });
});
