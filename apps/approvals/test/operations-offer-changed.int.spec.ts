import type { AdminActor, Approval, OperationId, Policy } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { OperationsStand, type Home } from './operations-stand';

jest.setTimeout(60_000);

const asking: Policy = { autoApprove: { maxVcpus: 3 }, approvalTtlHours: 72, onExpiry: 'reject' };
const hourly = { vcpuHourMicros: 10_000, memoryGibHourMicros: 0, diskGibHourMicros: 0 };

describe('a resize whose price is old when it is to begin', () => {
  let stand: OperationsStand;
  let home: Home;
  let amy: AdminActor;
  let vm: OperationId;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  const settle = async (policy?: Policy): Promise<void> => {
    home = await stand.home({ ...(policy && { policy }) });
    amy = { principal: 'amy', tenantId: home.tenantId, roles: ['approver'] };
    vm = await stand.create(home);
    await stand.until(vm, 'succeeded');
  };
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  const approve = ({ id, plan }: Approval): Promise<Approval> =>
    stand.call('approval.decide', { approvalId: id, decision: 'approve', planHash: plan.hash, comment: '' }, amy);
  const approvalsOf = async (id: OperationId): Promise<Approval[]> => {
    const sql = `SELECT doc FROM approvals.approval WHERE operation_id = $1 ORDER BY doc ->> 'createdAt'`;
    return (await stand.rows<{ doc: Approval }>(sql, [id])).map(({ doc }) => doc);
  };
  /** A quarter of an hour goes by. */
  const grownOld = (id: OperationId): Promise<unknown> =>
    stand.rows(
      `UPDATE approvals.operation SET doc = (doc::jsonb || '{"createdAt":"2026-01-01T00:00:00.000Z"}')::json WHERE id = $1`,
      [id],
    );
  const rate = (): Promise<unknown> => stand.call('admin.rate.create', { scope: { site: home.site }, ...hourly });
  /** Asked for and approved, while its site becomes dearer. */
  const approvedThenDearer = async (): Promise<{ id: OperationId; fresh: Approval }> => {
    await settle(asking);
    const id = await stand.resize(home, vm, { cpus: 4 });
    await stand.until(id, 'pending_approval');
    const [first] = await approvalsOf(id);
    await rate();
    await grownOld(id);
    await approve(first!);
    await waitUntil(async () => (await approvalsOf(id)).length === 2, 'a second question');
    const [old, fresh] = await approvalsOf(id);
    expect(old).toMatchObject({ state: 'superseded', decision: { by: 'amy' }, error: { code: 'PLAN_CHANGED' } });
    return { id, fresh: fresh! };
  };

  it('is asked about again, and nothing is begun by the old signature', async () => {
    const { id, fresh } = await approvedThenDearer();
    expect(fresh).toMatchObject({ state: 'pending', plan: { price: { perMonthMicros: 29_200_000 } } });
    expect(fresh.supersedes?.changes).toContain('price: no price → 29.20 EUR a month');
    expect(await stand.operation(id)).toMatchObject({ state: 'pending_approval', attempt: 0, approvalId: fresh.id });
    expect(home.provisioner.commands('reconfigure', id)).toEqual([]);
  });

  it('is made, and paid for at the new price, once that is signed', async () => {
    const { id, fresh } = await approvedThenDearer();
    await approve(fresh);
    expect(await stand.until(id, 'succeeded')).toMatchObject({ plan: { price: { perMonthMicros: 29_200_000 } } });
    const [row] = await stand.rows<{ monthly_cost_micros: string }>(
      `SELECT l.monthly_cost_micros FROM approvals.ledger l JOIN approvals.operation o ON o.vm_id = l.vm_id WHERE o.id = $1`,
      [id],
    );
    expect(Number(row?.monthly_cost_micros)).toBe(29_200_000);
  });

  it('goes on where it costs what it did', async () => {
    await settle(asking);
    const id = await stand.resize(home, vm, { cpus: 4 });
    await stand.until(id, 'pending_approval');
    const [first] = await approvalsOf(id);
    await grownOld(id);
    await approve(first!);
    await stand.until(id, 'succeeded');
    expect(await approvalsOf(id)).toHaveLength(1);
  });

  it('goes on at the new price where nobody has to be asked', async () => {
    await settle();
    await stand.call('admin.site.update', { name: home.site, draining: true });
    const id = await stand.resize(home, vm, { cpus: 4 });
    await stand.until(id, 'queued');
    await rate();
    await grownOld(id);
    await stand.call('admin.site.update', { name: home.site, draining: false });
    expect(await stand.until(id, 'succeeded')).toMatchObject({ plan: { price: { perMonthMicros: 29_200_000 } } });
  });

  it('ends where its cost exceeds the quota now, and its VM takes what it took', async () => {
    await settle();
    const limits = { monthlyCostMicros: 20_000_000 };
    await stand.call('admin.quota.set', { scope: 'project', id: home.projectId, limits });
    await stand.call('admin.site.update', { name: home.site, draining: true });
    const id = await stand.resize(home, vm, { cpus: 4 });
    await stand.until(id, 'queued');
    await rate();
    await grownOld(id);
    await stand.call('admin.site.update', { name: home.site, draining: false });
    expect(await stand.until(id, 'rejected')).toMatchObject({ error: { code: 'QUOTA_EXCEEDED' } });
    expect(await stand.amounts(vm)).toEqual([2, 2048, 10]);
    expect(await stand.vm(vm)).toMatchObject({ lifecycle: 'active', cpus: 2 });
  });
});
