import type { AdminActor, Approval, OperationId, Policy } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { vmIdOf } from '@dcm/runtime';
import { aPlan } from './provisioner.builder';
import { OperationsStand, type Home } from './operations-stand';

jest.setTimeout(60_000);

const asking: Policy = { autoApprove: { maxVcpus: 1 }, approvalTtlHours: 72, onExpiry: 'reject' };
const image = { name: 'debian-12', nativeId: 'vm-7', version: '12.2' };
const hourly = { vcpuHourMicros: 10_000, memoryGibHourMicros: 0, diskGibHourMicros: 0 };

describe('a plan that is old when its VM is to be made', () => {
  let stand: OperationsStand;
  let home: Home;
  let amy: AdminActor;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  const settle = async (policy?: Policy): Promise<void> => {
    home = await stand.home({ ...(policy && { policy }) });
    amy = { principal: 'amy', tenantId: home.tenantId, roles: ['approver'] };
  };
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  const decide = ({ id, plan }: Approval, planHash = plan.hash): Promise<Approval> =>
    stand.call('approval.decide', { approvalId: id, decision: 'approve', planHash, comment: '' }, amy);
  const approvalsOf = async (id: OperationId): Promise<Approval[]> => {
    const found = await stand.rows<{ doc: Approval }>('SELECT doc FROM approvals.approval WHERE operation_id = $1', [
      id,
    ]);
    return found.map(({ doc }) => doc).sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  };
  /** A quarter of an hour goes by for its plan. */
  const grownOld = (id: OperationId): Promise<unknown> =>
    stand.rows("UPDATE approvals.vm SET planned_at = planned_at - interval '15 minutes' WHERE id = $1", [vmIdOf(id)]);
  /** Planned and signed by policy while its site takes no work, for long, and under a plan of which something may change. */
  const delayed = async (change: () => unknown = () => undefined): Promise<OperationId> => {
    const draining = (isDraining: boolean): Promise<unknown> =>
      stand.call('admin.site.update', { name: home.site, draining: isDraining });
    await draining(true);
    const id = await stand.create(home);
    await stand.until(id, 'queued');
    await change();
    await grownOld(id);
    await draining(false);
    return id;
  };
  /** Asked for and approved, under a plan of which something changes at once. */
  const approvedThen = async (change: () => unknown): Promise<{ id: OperationId; old: Approval; fresh: Approval }> => {
    await settle(asking);
    const id = await stand.create(home);
    await stand.until(id, 'pending_approval');
    const [first] = await approvalsOf(id);
    await change();
    await grownOld(id);
    await decide(first!);
    await waitUntil(async () => (await approvalsOf(id)).length === 2, 'a second question');
    const [old, fresh] = await approvalsOf(id);
    return { id, old: old!, fresh: fresh! };
  };

  it('is asked about again when the image changed after the approval: nothing is made by the old signature', async () => {
    const { id, old, fresh } = await approvedThen(() => {
      home.provisioner.plan = () => aPlan({ image });
    });
    const sentence = 'image: debian-12 (vm-7, version 12.1) → debian-12 (vm-7, version 12.2)';
    expect(old).toMatchObject({ state: 'superseded', decision: { by: 'amy' }, error: { code: 'PLAN_CHANGED' } });
    expect(fresh).toMatchObject({ state: 'pending', supersedes: { planHash: old.plan.hash, changes: [sentence] } });
    expect(fresh.reason).toContain(sentence);
    expect(await stand.operation(id)).toMatchObject({ state: 'pending_approval', attempt: 0, approvalId: fresh.id });
    expect(home.provisioner.commands('provision', id)).toEqual([]);
    for (const late of [() => decide(old), () => decide(fresh, old.plan.hash)])
      await expect(late()).rejects.toMatchObject({
        code: 'PLAN_CHANGED',
        message: expect.stringContaining(sentence) as string,
      });
  });

  it('is made under the new signature once that is given', async () => {
    const { id, fresh } = await approvedThen(() => {
      home.provisioner.plan = () => aPlan({ image });
    });
    await decide(fresh);
    await stand.until(id, 'succeeded');
    expect(home.provisioner.commands('provision', id)).toMatchObject([{ vm: { plan: { image } } }]);
  });

  it('is not taken for the answer to a later question when it comes late', async () => {
    await settle(asking);
    const id = await stand.create(home);
    await stand.until(id, 'pending_approval');
    const [first] = await approvalsOf(id);
    home.provisioner.plan = () => undefined;
    await grownOld(id);
    await decide(first!);
    await stand.until(id, 'planning');
    const result = { ok: true, plan: aPlan() } as const;
    const late = { operationId: id, result, replaces: null };
    await home.provisioner.tell('io.dcm.fact.planned.v1', late);
    await home.provisioner.tell('io.dcm.fact.planned.v1', { ...late, replaces: new Date(0).toISOString() });
    expect(await stand.operation(id)).toMatchObject({ state: 'planning' });
    expect(home.provisioner.commands('provision', id)).toEqual([]);
    home.provisioner.plan = () => aPlan();
    await stand.until(id, 'succeeded');
  });

  it('is asked about again when a rate changed after the approval', async () => {
    const { fresh } = await approvedThen(() =>
      stand.call('admin.rate.create', { scope: { site: home.site }, ...hourly }),
    );
    expect(fresh.supersedes?.changes).toEqual(['price: no price → 14.60 EUR a month']);
    expect(fresh.plan).toMatchObject({
      price: { perMonthMicros: 14_600_000 },
      approval: {
        reasons: [expect.stringContaining('vCPUs')],
        levels: [{ approvers: [{ role: 'approver' }, { role: 'tenant-admin' }] }],
      },
    });
  });

  it('goes on where nothing changed, and says what becomes of the limits', async () => {
    await settle();
    await stand.call('admin.quota.set', { scope: 'project', id: home.projectId, limits: { vcpus: 8 } });
    const id = await delayed();
    const { plan } = await stand.until(id, 'succeeded');
    expect(home.provisioner.received.filter(({ type }) => type.includes('.plan.'))).toHaveLength(2);
    const ofProject = plan?.quota.filter(({ id: scope }) => scope === home.projectId);
    expect(ofProject).toContainEqual({
      scope: 'project',
      id: home.projectId,
      dimension: 'vcpus',
      before: 0,
      after: 2,
      limit: 8,
    });
    expect(plan?.approval).toBeNull();
  });

  it('is signed by policy alone again where nobody has to be asked', async () => {
    await settle();
    const id = await delayed(() => {
      home.provisioner.plan = () => aPlan({ image });
    });
    expect(await stand.until(id, 'succeeded')).toMatchObject({ plan: { image }, approvalId: null });
    expect(home.provisioner.commands('provision', id)).toMatchObject([{ vm: { plan: { image } } }]);
    const told = await stand.rows('SELECT 1 FROM approvals.journal WHERE subject = $1 AND action = $2', [
      id,
      'plan-changed',
    ]);
    expect(told).toHaveLength(1);
  });
});
