import type { AdminActor } from '@dcm/contracts';
import { memberIdOf, vmIdOf } from '@dcm/runtime';
import { aPlan } from './provisioner.builder';
import { batchDoors, idsOf, three, thresholds } from './batch.builder';
import { OperationsStand, type Home } from './operations-stand';

jest.setTimeout(30_000);

describe('the decision about several equal VMs', () => {
  let stand: OperationsStand;
  let home: Home;
  let amy: AdminActor;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home();
    amy = { principal: 'amy', tenantId: home.tenantId, roles: ['approver'] };
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  const { ask, all, asked, decide, limit, plansAsked } = batchDoors(() => ({ stand, home, amy }));
  /** A project where two VMs of two vCPUs need nobody, and three do. */
  const strict = async (): Promise<void> => {
    home = await stand.home({ policy: thresholds });
    amy = { ...amy, tenantId: home.tenantId };
  };

  it('is put before people once, with what all of them take', async () => {
    await strict();
    await stand.call('admin.rate.create', {
      scope: { site: home.site },
      vcpuHourMicros: 1000,
      memoryGibHourMicros: 0,
      diskGibHourMicros: 0,
    });
    await limit({ vcpus: 10 });
    const { first, approval } = await asked();
    expect(approval.reason).toBe('6 vCPUs are more than the 5 that need no approval');
    expect(approval.plan).toMatchObject({
      amounts: { vcpus: 2, vms: 1 },
      price: { perHourMicros: 2000 },
      total: { count: 3, name: 'web', amounts: { vcpus: 6, diskGib: 30, vms: 3 }, price: { perHourMicros: 6000 } },
    });
    expect(approval.plan.quota).toContainEqual(
      expect.objectContaining({ dimension: 'vcpus', before: 0, after: 6, limit: 10 }),
    );
    expect(approval.batch).toEqual({
      id: first,
      count: 3,
      operations: idsOf(first).map((id, index) => ({ id, vmId: vmIdOf(id), name: `web-${index + 1}` })),
    });
    const [lead, ...others] = await Promise.all(idsOf(first).map((id) => stand.operation(id)));
    for (const other of others) {
      expect(other).toMatchObject({ state: 'accepted', approvalId: approval.id, deadlineAt: lead?.deadlineAt });
      expect(other?.waitingFor?.sentence).toContain(`operation ${first} is planned and decided, for all 3 VMs`);
    }
    await decide(approval);
    await all(first, 'succeeded');
    expect(await stand.approvalOf(first)).toMatchObject({ state: 'approved', decision: { by: 'amy' } });
    expect(plansAsked()).toBe(1);
    const cost = await stand.rows<{ cost: string }>(
      'SELECT sum(monthly_cost_micros) AS cost FROM approvals.ledger WHERE project_id = $1',
      [home.projectId],
    );
    expect(cost).toEqual([{ cost: String(3 * 2000 * 730) }]);
  });

  it('signs how many they are: another number is another hash, and a quote says it', async () => {
    await strict();
    const { first, approval } = await asked();
    await stand.cancel(home, first);
    const { approval: other } = await asked({ count: 4 });
    expect(other.plan.hash).not.toBe(approval.plan.hash);
    const body = { projectId: home.projectId, image: 'debian-12', size: 's', disks: [{ sizeGib: 10 }] };
    const quote = async (name: string, count: number) =>
      (await stand.call('quote', { ...body, name, count })).quotes[0];
    const taken = await quote('web', 5);
    expect(taken?.error).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('VM web-1') as string });
    await stand.cancel(home, other.operationId);
    expect(await quote('web', 3)).toMatchObject({
      plan: { hash: approval.plan.hash, total: { count: 3, amounts: { vcpus: 6 } } },
      verdict: { kind: 'ask', reasons: ['6 vCPUs are more than the 5 that need no approval'] },
      error: null,
    });
    await limit({ vcpus: 9 });
    expect((await quote('web', 5))?.error).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      details: [{ message: 'project quota of vcpus: limit 9, in use 0, asked 10' }],
    });
  });

  it('ends as a whole when it is rejected, with nothing held', async () => {
    await strict();
    const { first, approval } = await asked();
    await decide(approval, 'reject');
    const ended = await all(first, 'rejected');
    for (const { error } of ended) {
      expect(error).toEqual({ code: 'APPROVAL_REJECTED', message: 'The request was rejected by amy: so be it' });
    }
    expect(await Promise.all(idsOf(first).map((id) => stand.ledger(id)))).toEqual(['nothing', 'nothing', 'nothing']);
    expect(home.provisioner.commands('provision')).toEqual([]);
  });

  it('expires as a whole when nobody decides', async () => {
    home = await stand.home({
      policy: { autoApprove: { maxVcpus: 1 }, approvalTtlHours: 0.5 / 3600, onExpiry: 'reject' },
    });
    const first = await ask();
    const ended = await all(first, 'expired');
    expect(ended.map(({ error }) => error?.code)).toEqual(three.map(() => 'APPROVAL_EXPIRED'));
  });

  it.each([1, 2])('is withdrawn as a whole when operation %i of it is cancelled before the decision', async (index) => {
    await strict();
    const { first, approval } = await asked();
    await stand.cancel(home, memberIdOf(first, index));
    const ended = await all(first, 'cancelled');
    expect(ended.map(({ error }) => error?.message)).toEqual(
      three.map(() => 'The request for 3 VMs was cancelled by tina'),
    );
    expect(await stand.approvalOf(first)).toMatchObject({ state: 'cancelled' });
    await expect(decide(approval)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await Promise.all(idsOf(first).map((id) => stand.ledger(id)))).toEqual(['nothing', 'nothing', 'nothing']);
  });

  it('is withdrawn as a whole by two cancels at once', async () => {
    await strict();
    const { first } = await asked();
    await Promise.all([2, 3, 1].map((index) => stand.cancel(home, memberIdOf(first, index))));
    await all(first, 'cancelled');
  });

  it('is withdrawn as a whole when one of its VMs is deleted before the decision', async () => {
    await strict();
    const { first } = await asked();
    const gone = await stand.delete(home, memberIdOf(first, 3));
    await stand.until(gone, 'succeeded');
    const [one] = await all(first, 'cancelled');
    expect(one?.error?.message).toBe('A delete of the VM by dave ended the request that VM web-3 is of');
    expect([await stand.vm(memberIdOf(first, 3)), await stand.vm(first)]).toMatchObject([
      { lifecycle: 'deleted' },
      { lifecycle: 'failed' },
    ]);
  });

  it('goes on after a stop between its question and its decision', async () => {
    await strict();
    const { first, approval } = await asked();
    await stand.stopApprovals();
    await stand.startApprovals();
    await decide(approval);
    await all(first, 'succeeded');
  });

  it('takes the excess of all with the last signature', async () => {
    const tina: AdminActor = { principal: 'tina', tenantId: home.tenantId, roles: ['tenant-admin'] };
    const level = { mode: 'ANY_OF', approvers: [{ user: 'amy' }], expiresInHours: 4, onExpiry: 'reject' } as const;
    await stand.call(
      'admin.policy.create',
      {
        tenantId: home.tenantId,
        name: 'over',
        when: 'quota.isExceeded && request.count == 3 && request.name == "web"',
        effect: { kind: 'approve' },
        overQuota: { levels: [{ ...level, approvers: [{ user: 'amy' }], minApprovals: 1 }] },
      },
      tina,
    );
    await limit({ vcpus: 3 });
    const { first, approval } = await asked();
    expect(approval).toMatchObject({
      raises: 'project',
      reason: 'it exceeds the project quota of vcpus: limit 3, in use 0, asked 6',
    });
    expect(await Promise.all(idsOf(first).map((id) => stand.ledger(id)))).toEqual(['nothing', 'nothing', 'nothing']);
    await decide(approval);
    await all(first, 'succeeded');
    const limits = await stand.rows('SELECT limits FROM approvals.quota WHERE id = $1', [home.projectId]);
    expect(limits).toEqual([{ limits: { vcpus: 6 } }]);
  });

  it('asks about one of its VMs alone when that one is planned anew and differently', async () => {
    await strict();
    home.provisioner.act = () => Promise.resolve();
    const { first, approval } = await asked();
    const second = memberIdOf(first, 2);
    // Nothing is dispatched meanwhile.
    await stand.call('admin.site.update', { name: home.site, draining: true });
    await decide(approval);
    await all(first, 'queued');
    await stand.rows(`UPDATE approvals.vm SET planned_at = now() - interval '1 day' WHERE id = $1`, [vmIdOf(second)]);
    home.provisioner.plan = () => aPlan({ image: { name: 'debian-12', nativeId: 'vm-7', version: '12.2' } });
    await stand.call('admin.site.update', { name: home.site, draining: false });
    // It is one VM now, and within the thresholds.
    await stand.until(second, 'running');
    const sql = `SELECT action FROM approvals.journal WHERE subject = $1 AND action = 'plan-changed'`;
    expect(await stand.rows(sql, [second])).toHaveLength(1);
    expect(await stand.rows(sql, [first])).toHaveLength(0);
    expect(await stand.approvalOf(first)).toMatchObject({ state: 'approved' });
  });

  it('is confirmed, not asked about, when one of its VMs is planned anew as before', async () => {
    await strict();
    home.provisioner.act = () => Promise.resolve();
    const { first, approval } = await asked();
    await stand.call('admin.site.update', { name: home.site, draining: true });
    await decide(approval);
    await all(first, 'queued');
    await stand.rows(`UPDATE approvals.vm SET planned_at = now() - interval '1 day' WHERE project_id = $1`, [
      home.projectId,
    ]);
    await stand.call('admin.site.update', { name: home.site, draining: false });
    await all(first, 'running');
    const sql = `SELECT DISTINCT subject FROM approvals.journal WHERE subject = ANY ($1) AND action = 'plan-confirmed'`;
    expect(await stand.rows(sql, [idsOf(first)])).toHaveLength(3);
  });
});
