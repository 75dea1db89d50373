import type { AdminActor, AdminInput, Approval, Operation, OperationId } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { operationIdOf } from '@dcm/runtime';
import { OperationsStand, type Home } from './operations-stand';
import { anError } from './scene.builder';

jest.setTimeout(30_000);

const levels = (hours = 4): unknown => [
  { mode: 'ANY_OF', approvers: [{ role: 'approver' }], expiresInHours: hours, onExpiry: 'reject' },
];

describe('rules about deletes', () => {
  let stand: OperationsStand;
  let home: Home;
  let vm: OperationId;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home({ policy: { autoApprove: { maxVcpus: 8 }, approvalTtlHours: 72, onExpiry: 'reject' } });
    vm = await stand.create(home);
    await stand.until(vm, 'succeeded');
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  const actor = (principal: string, role: string): AdminActor => ({
    principal,
    tenantId: home.tenantId,
    roles: [role],
  });
  const rule = (fields: object): Promise<unknown> => {
    const draft = { tenantId: home.tenantId, name: 'think twice', operations: ['vm.delete'], when: 'true', ...fields };
    return stand.call(
      'admin.policy.create',
      draft as unknown as AdminInput<'admin.policy.create'>,
      actor('tina', 'tenant-admin'),
    );
  };
  const asking = (hours?: number): Promise<unknown> => rule({ effect: { kind: 'ask', levels: levels(hours) } });
  const put = async (): Promise<{ id: OperationId; operation: Operation; approval: Approval }> => {
    const id = await stand.delete(home, vm);
    const operation = await stand.until(id, 'pending_approval');
    return { id, operation, approval: await stand.approvalOf(id) };
  };
  const decide = ({ id, plan }: Approval, decision: 'approve' | 'reject'): Promise<Approval> =>
    stand.call(
      'approval.decide',
      { approvalId: id, decision, planHash: plan.hash, comment: '' },
      actor('amy', 'approver'),
    );
  const touched = (): number => home.provisioner.commands('delete').length;

  it('reject with their reason, and leave the VM alone', async () => {
    await rule({ when: 'request.name.startsWith("vm-")', effect: { kind: 'reject', reason: 'ask the owner' } });
    const before = await stand.vm(vm);
    const { error } = await stand.until(await stand.delete(home, vm), 'rejected');
    expect(error).toEqual({
      code: 'POLICY_REJECTED',
      message: 'The request was rejected by rule think twice: ask the owner',
    });
    expect([await stand.vm(vm), touched()]).toEqual([before, 0]);
  });

  it('hold for deletes only where they name them, and thresholds never', async () => {
    await rule({ operations: undefined, effect: { kind: 'reject', reason: 'no' } });
    await stand.rows(`UPDATE approvals.project SET policy = '{"autoApprove":{"maxVcpus":0}}' WHERE id = $1`, [
      home.projectId,
    ]);
    expect(await stand.until(await stand.delete(home, vm), 'succeeded')).toMatchObject({ approvalId: null });
  });

  it('ask before anything is touched, and the delete goes on once it is approved', async () => {
    await asking();
    const before = await stand.vm(vm);
    const { id, approval } = await put();
    expect(approval).toMatchObject({ requester: 'dave', reason: 'rule think twice wants approval', state: 'pending' });
    expect([await stand.vm(vm), touched()]).toEqual([before, 0]);
    expect(await stand.until(await stand.delete(home, vm), 'rejected')).toMatchObject({
      error: { code: 'OPERATION_IN_PROGRESS' },
    });
    await stand.until(await stand.power(home, vm), 'succeeded');
    await stand.until(await stand.resize(home, vm, { labels: { env: 'prod' } }), 'succeeded');
    await decide(approval, 'approve');
    await stand.until(id, 'succeeded');
    expect(await stand.vm(vm)).toMatchObject({ lifecycle: 'deleted', operationId: id, labels: { env: 'prod' } });
    expect(await stand.ledger(vm)).toBe('nothing');
  });

  it.each(['reject', 'expire', 'cancel'] as const)('leave the VM as it was after a %s', async (how) => {
    await asking(how === 'expire' ? 0.3 / 3600 : 4);
    const before = await stand.vm(vm);
    const { id, approval } = await put();
    if (how === 'reject') await decide(approval, 'reject');
    if (how === 'cancel') await stand.cancel(home, id);
    await stand.until(id, how === 'reject' ? 'rejected' : how === 'cancel' ? 'cancelled' : 'expired');
    expect([await stand.vm(vm), touched(), await stand.ledger(vm)]).toEqual([before, 0, 'used']);
    await stand.until(await stand.power(home, vm), 'succeeded');
  });

  it('do not let a delete pre-empt what runs until it is approved, and then it does', async () => {
    await asking();
    const power = operationIdOf('test', `power of ${vm}`);
    home.provisioner.act = async (command, type) => {
      if (command.operationId !== power) return home.provisioner.workAsAsked(command, type);
      await home.provisioner.ask('claim', command);
      await waitUntil(async () => {
        const answer = await home.provisioner.ask('renew', command);
        return answer.verdict === 'stop';
      }, 'the stop');
      await home.provisioner.fail(command, anError('CANCELLED'));
    };
    const off = { vmId: (await stand.vm(vm))!.id, power: { action: 'OFF', mode: 'HARD' } };
    await stand.ask(home, 'io.dcm.vm.power.v1', off, { id: power });
    await waitUntil(async () => (await stand.operation(power))?.step === 'started', 'the work');
    const { id, approval } = await put();
    expect(await stand.operation(power)).toMatchObject({ state: 'running' });
    await decide(approval, 'approve');
    await stand.until(power, 'cancelled');
    await stand.until(id, 'succeeded');
    expect(await stand.vm(vm)).toMatchObject({ lifecycle: 'deleted' });
  });

  it('do not delete what was protected while people thought about it', async () => {
    await asking();
    const { id, approval } = await put();
    await stand.until(await stand.resize(home, vm, { deletionProtection: true }), 'succeeded');
    await decide(approval, 'approve');
    expect(await stand.until(id, 'failed')).toMatchObject({ error: { code: 'DELETION_PROTECTED' } });
    expect([(await stand.vm(vm))?.lifecycle, touched()]).toEqual(['active', 0]);
  });

  it('say nothing of a VM of which nothing is left', async () => {
    const limits = (vms: number) =>
      stand.call('admin.quota.set', { scope: 'project', id: home.projectId, limits: { vms } });
    await asking();
    await limits(1);
    const refused = await stand.create(home);
    await stand.until(refused, 'rejected');
    expect(await stand.until(await stand.delete(home, refused), 'succeeded')).toMatchObject({ approvalId: null });
  });
});
