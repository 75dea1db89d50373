import type { AdminActor, Approval, Operation, OperationId, Policy } from '@dcm/contracts';
import { OperationsStand, type Home } from './operations-stand';

jest.setTimeout(30_000);

const thresholds: Policy = { autoApprove: { maxVcpus: 1 }, approvalTtlHours: 72, onExpiry: 'reject' };
const soon = 0.5 / 3600;

describe('approvals', () => {
  let stand: OperationsStand;
  let home: Home;
  let amy: AdminActor;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home({ policy: thresholds });
    amy = { principal: 'amy', tenantId: home.tenantId, roles: ['approver'] };
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  const asked = async (): Promise<{ id: OperationId; operation: Operation; approval: Approval }> => {
    const id = await stand.create(home, {}, { principal: 'dave' });
    const operation = await stand.until(id, 'pending_approval');
    return { id, operation, approval: await stand.approvalOf(id) };
  };
  const decide = (
    approval: Approval,
    decision: 'approve' | 'reject',
    actor: AdminActor = amy,
    planHash = approval.plan.hash,
  ): Promise<Approval> =>
    stand.call('approval.decide', { approvalId: approval.id, decision, planHash, comment: 'why not' }, actor);

  it('are not asked for within the thresholds', async () => {
    const id = await stand.create(home, { size: undefined, cpus: 1, memoryMib: 512 });
    expect(await stand.until(id, 'succeeded')).toMatchObject({ approvalId: null });
  });

  it('show the plan, wait, and let the operation run once somebody approved it', async () => {
    const { id, operation, approval } = await asked();
    expect(operation).toMatchObject({
      approvalId: approval.id,
      waitingFor: { kind: 'approval', until: approval.expiresAt },
    });
    expect(operation.waitingFor?.sentence).toBe(
      'Waits for this: a decision by role approver, role tenant-admin. If it has not come about by ' +
        `${approval.expiresAt.slice(0, 16).replace('T', ' ')} UTC, it expires.`,
    );
    const waiting = 'dcm_operations_waiting{kind="approval"}';
    expect(await stand.metric(waiting)).toBe(1);
    expect(new Date(operation.deadlineAt) > new Date(approval.expiresAt)).toBe(true);
    expect(approval).toMatchObject({
      state: 'pending',
      requester: 'dave',
      reason: '2 vCPUs are more than the 1 that need no approval',
    });
    expect(approval.plan).toEqual(operation.plan);
    expect(home.provisioner.commands('provision')).toEqual([]);
    expect(await stand.ledger(id)).toBe('held');
    expect(await decide(approval, 'approve')).toMatchObject({
      state: 'approved',
      decision: { by: 'amy', comment: 'why not' },
    });
    expect(await stand.metric(waiting)).toBe(0);
    const done = await stand.until(id, 'succeeded');
    expect(new Date(done.deadlineAt) < new Date(approval.expiresAt)).toBe(true);
    const told = await stand.rows<{ action: string; actor: string }>(
      `SELECT action, actor FROM approvals.journal WHERE subject = $1 ORDER BY seq`,
      [approval.id],
    );
    expect(told).toEqual([
      { action: 'asked', actor: 'system' },
      { action: 'approved', actor: 'amy' },
    ]);
  });

  it('that are rejected end the operation with who and why, and give everything back', async () => {
    const { id, approval } = await asked();
    await decide(approval, 'reject');
    const operation = await stand.until(id, 'rejected');
    expect(operation.error).toEqual({ code: 'APPROVAL_REJECTED', message: 'The request was rejected by amy: why not' });
    expect(await stand.ledger(id)).toBe('nothing');
    expect(await stand.vm(id)).toMatchObject({ lifecycle: 'failed' });
  });

  it('cannot be decided on by the requester, by anybody without the role, nor by another tenant', async () => {
    const { approval } = await asked();
    await expect(decide(approval, 'approve', { ...amy, principal: 'dave' })).rejects.toMatchObject({
      code: 'SELF_APPROVAL',
    });
    await expect(decide(approval, 'approve', { ...amy, roles: ['developer'] })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    const other = await stand.neighbour(home);
    await expect(decide(approval, 'approve', { ...amy, tenantId: other.tenantId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect((await stand.approvalOf(approval.operationId)).state).toBe('pending');
  });

  it('are about one plan: another hash is refused', async () => {
    const { approval } = await asked();
    await expect(decide(approval, 'approve', amy, 'f00d')).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
  });

  it('give the same answer to the same decision, by whomever, and refuse the opposite one', async () => {
    const { id, approval } = await asked();
    const tina = { ...amy, principal: 'tina', roles: ['tenant-admin'] };
    const answers = await Promise.all([
      decide(approval, 'approve'),
      decide(approval, 'approve'),
      decide(approval, 'approve', tina),
    ]);
    expect(new Set(answers.map(({ decision }) => JSON.stringify(decision))).size).toBe(1);
    await expect(decide(approval, 'reject', tina)).rejects.toMatchObject({ code: 'CONFLICT' });
    await stand.until(id, 'succeeded');
    expect(home.provisioner.commands('provision', id)).toHaveLength(1);
  });

  it('that nobody decides on expire with the operation', async () => {
    home = await stand.home({ policy: { ...thresholds, approvalTtlHours: soon } });
    const { id, approval } = await asked();
    const operation = await stand.until(id, 'expired');
    expect(operation.error).toMatchObject({ code: 'APPROVAL_EXPIRED' });
    expect(await stand.ledger(id)).toBe('nothing');
    amy = { ...amy, tenantId: home.tenantId };
    await expect(decide(approval, 'approve')).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('that nobody decides on count as given where the policy says so', async () => {
    home = await stand.home({ policy: { ...thresholds, approvalTtlHours: soon, onExpiry: 'approve' } });
    const { id } = await asked();
    await stand.until(id, 'succeeded');
    expect((await stand.approvalOf(id)).decision).toMatchObject({ by: 'system', decision: 'approve' });
  });

  it('are withdrawn when the operation is cancelled', async () => {
    const { id, approval } = await asked();
    await stand.cancel(home, id);
    expect(await stand.ledger(id)).toBe('nothing');
    expect((await stand.approvalOf(id)).state).toBe('cancelled');
    await expect(decide(approval, 'approve')).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
