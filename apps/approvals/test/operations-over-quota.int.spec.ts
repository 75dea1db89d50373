import type { AdminActor, AdminInput, Approval, ApprovalLevel, OperationId, Quota } from '@dcm/contracts';
import { OperationsStand, type Home } from './operations-stand';
import { platformAdmin } from './stand';

jest.setTimeout(30_000);

const headOfIt: ApprovalLevel = {
  mode: 'ANY_OF',
  approvers: [{ user: 'helen' }],
  expiresInHours: 4,
  onExpiry: 'reject',
  minApprovals: 1,
};

describe('requests that exceed the quota', () => {
  let stand: OperationsStand;
  let home: Home;
  let tina: AdminActor;
  let helen: AdminActor;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home();
    tina = { principal: 'tina', tenantId: home.tenantId, roles: ['tenant-admin'] };
    helen = { principal: 'helen', tenantId: home.tenantId, roles: ['approver'] };
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  type Draft = AdminInput<'admin.policy.create'>;
  const rule = (fields: Partial<Draft> = {}, actor = tina): Promise<unknown> => {
    const overQuota = { levels: [headOfIt] };
    const effect = { kind: 'approve' } as const;
    const draft: Draft = { tenantId: home.tenantId, name: 'over', when: 'quota.isExceeded', effect, overQuota };
    return stand.call('admin.policy.create', { ...draft, ...fields }, actor);
  };
  const limit = (scope: 'tenant' | 'project', limits: Quota['limits']): Promise<unknown> =>
    stand.call('admin.quota.set', { scope, id: scope === 'tenant' ? home.tenantId : home.projectId, limits });
  const limitsOf = async (scope: 'tenant' | 'project'): Promise<Quota['limits'] | undefined> => {
    const id = scope === 'tenant' ? home.tenantId : home.projectId;
    const sql = 'SELECT limits FROM approvals.quota WHERE id = $1';
    return (await stand.rows<{ limits: Quota['limits'] }>(sql, [id]))[0]?.limits;
  };
  const made = async (): Promise<OperationId> => {
    const id = await stand.create(home);
    await stand.until(id, 'succeeded');
    return id;
  };
  const asked = async (id: OperationId): Promise<Approval> => {
    await stand.until(id, 'pending_approval');
    return stand.approvalOf(id);
  };
  const decide = (approval: Approval, decision: 'approve' | 'reject' = 'approve', actor = helen): Promise<Approval> =>
    stand.call(
      'approval.decide',
      { approvalId: approval.id, decision, planHash: approval.plan.hash, comment: '' },
      actor,
    );

  it('are put before those whom a rule names, hold nothing, and raise the limit with the signature, which is told', async () => {
    await rule();
    await limit('project', { vcpus: 3 });
    await made();
    const id = await stand.create(home);
    const approval = await asked(id);
    expect(approval).toMatchObject({
      raises: 'project',
      levels: [headOfIt],
      reason: 'it exceeds the project quota of vcpus: limit 3, in use 2, asked 2',
    });
    expect(approval.plan.quota).toContainEqual({
      scope: 'project',
      id: home.projectId,
      dimension: 'vcpus',
      before: 2,
      after: 4,
      limit: 3,
    });
    expect([await stand.ledger(id), await limitsOf('project')]).toEqual(['nothing', { vcpus: 3 }]);
    await decide(approval);
    await stand.until(id, 'succeeded');
    expect([await stand.ledger(id), await limitsOf('project')]).toEqual(['used', { vcpus: 4 }]);
    const told = await stand.rows<{ actor: string; limits: object }>(
      `SELECT actor, doc -> 'limits' AS limits FROM approvals.journal WHERE subject = $1 AND action = 'limits' ORDER BY seq DESC LIMIT 1`,
      [home.projectId],
    );
    expect(told).toEqual([{ actor: 'helen', limits: { vcpus: 4 } }]);
  });

  it('raise nothing that has become free meanwhile, and each no more than it takes', async () => {
    await rule();
    await limit('project', { vms: 1 });
    const first = await made();
    const [second, third] = [await stand.create(home), await stand.create(home)];
    const questions = [await asked(second), await asked(third)];
    await stand.until(await stand.delete(home, first), 'succeeded');
    await decide(questions[0]!);
    await stand.until(second, 'succeeded');
    expect(await limitsOf('project')).toEqual({ vms: 1 });
    await decide(questions[1]!);
    await stand.until(third, 'succeeded');
    expect(await limitsOf('project')).toEqual({ vms: 2 });
  });

  it('leave limits as they are when they are rejected', async () => {
    await rule();
    await limit('project', { vcpus: 1 });
    const id = await stand.create(home);
    await decide(await asked(id), 'reject');
    await stand.until(id, 'rejected');
    expect([await stand.ledger(id), await limitsOf('project')]).toEqual(['nothing', { vcpus: 1 }]);
  });

  it('are refused beyond the tenant, whose limit only a rule of the platform may raise', async () => {
    await rule();
    await limit('tenant', { vcpus: 1 });
    await limit('project', { vcpus: 1 });
    const refused = await stand.until(await stand.create(home), 'rejected');
    expect(refused.error).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    const name = `platform ${home.tenantId}`;
    const when = `quota.isExceeded && tenant.id == '${home.tenantId}'`;
    await rule({ tenantId: null, name, when }, platformAdmin);
    const id = await stand.create(home);
    const approval = await asked(id);
    expect(approval.raises).toBe('tenant');
    await decide(approval);
    await stand.until(id, 'succeeded');
    expect([await limitsOf('tenant'), await limitsOf('project')]).toEqual([{ vcpus: 2 }, { vcpus: 2 }]);
  });

  it('wait for the rule that asks anyway before those who raise, and a requester raises nothing', async () => {
    const lead: ApprovalLevel = { ...headOfIt, approvers: [{ user: 'lea' }] };
    await rule({ effect: { kind: 'ask', levels: [lead] } });
    await limit('project', { vcpus: 1 });
    const id = await stand.create(home, {}, { principal: 'helen' });
    const approval = await asked(id);
    expect(approval.levels).toEqual([lead, headOfIt]);
    await decide(approval, 'approve', { ...helen, principal: 'lea' });
    expect(await stand.ledger(id)).toBe('nothing');
    await expect(decide(approval)).rejects.toMatchObject({ code: 'SELF_APPROVAL' });
    await stand.cancel(home, id);
    expect([await stand.ledger(id), await limitsOf('project')]).toEqual(['nothing', { vcpus: 1 }]);
  });

  it('may be resizes: the VM takes what it took until somebody has signed', async () => {
    await rule({ operations: ['vm.resize'] });
    await limit('project', { vcpus: 2 });
    const vm = await made();
    const refused = await stand.until(await stand.create(home), 'rejected');
    expect(refused.error).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    const resize = await stand.resize(home, vm, { cpus: 4 });
    const approval = await asked(resize);
    expect((await stand.amounts(vm))[0]).toBe(2);
    await decide(approval);
    await stand.until(resize, 'succeeded');
    expect([(await stand.amounts(vm))[0], await limitsOf('project')]).toEqual([4, { vcpus: 4 }]);
  });
});
