import { waitUntil } from '@dcm/messaging/testing';
import { vmIdOf } from '@dcm/runtime';
import type { OperationId, Policy } from '@dcm/contracts';
import type { WorkCommand } from './provisioner.builder';
import { OperationsStand, type Home } from './operations-stand';
import { anError } from './scene.builder';

jest.setTimeout(60_000);

describe('resizes', () => {
  let stand: OperationsStand;
  let home: Home;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home({ maxConcurrent: 16 });
  });
  afterEach(async () => {
    expect(home.provisioner.mishaps).toEqual([]);
    await stand.assertInvariants();
  });
  afterAll(() => stand.close());

  const active = async (where: Home = home): Promise<OperationId> => {
    const id = await stand.create(where);
    await stand.until(id, 'succeeded');
    return id;
  };
  /** The next resizes are held by whoever takes them. */
  const holdResizes = (): WorkCommand[] => {
    const held: WorkCommand[] = [];
    home.provisioner.act = async (command, type) => {
      if (!type.includes('reconfigure')) return home.provisioner.workAsAsked(command, type);
      await home.provisioner.ask('claim', command);
      held.push(command);
      return undefined;
    };
    return held;
  };
  const firstOf = async (held: readonly WorkCommand[]): Promise<WorkCommand> => {
    await waitUntil(() => held.length > 0, 'the resize');
    return held[0]!;
  };
  const settled = (vm: OperationId): Promise<void> =>
    waitUntil(async () => {
      const sql = `SELECT 1 FROM approvals.vm WHERE id = $1 AND doubt IS NULL AND looks -> 'settle' IS NULL`;
      return (await stand.rows(sql, [vmIdOf(vm)])).length > 0;
    }, 'the doubt to be settled');

  it('lead to what was asked for, shown and paid for when it is there', async () => {
    const vm = await active();
    const held = holdResizes();
    const id = await stand.resize(home, vm, { cpus: 4, disks: [{ sizeGib: 15 }, { sizeGib: 5 }], labels: { a: 'b' } });
    const command = await firstOf(held);
    expect(command.target).toEqual({ cpus: 4, disks: [{ sizeGib: 15 }, { sizeGib: 5 }] });
    expect(await stand.vm(vm)).toMatchObject({ lifecycle: 'reconfiguring', cpus: 2, size: 's', labels: {} });
    expect(await stand.amounts(vm)).toEqual([4, 2048, 20]);
    home.provisioner.reconfigure(command);
    await home.provisioner.succeed(command, { outcome: 'changed', status: home.provisioner.vms.get(vmIdOf(vm))! });
    await stand.until(id, 'succeeded');
    expect(await stand.vm(vm)).toMatchObject({
      lifecycle: 'active',
      cpus: 4,
      size: null,
      disks: [{ sizeGib: 15 }, { sizeGib: 5 }],
      labels: { a: 'b' },
      operationId: id,
    });
    expect(await stand.amounts(vm)).toEqual([4, 2048, 20]);
  });

  it('to less give back only once it is less', async () => {
    const vm = await active();
    const held = holdResizes();
    const id = await stand.resize(home, vm, { cpus: 1, memoryMib: 1024 });
    const command = await firstOf(held);
    expect(await stand.amounts(vm)).toEqual([2, 2048, 10]);
    home.provisioner.reconfigure(command);
    await home.provisioner.succeed(command, { outcome: 'changed', status: home.provisioner.vms.get(vmIdOf(vm))! });
    await stand.until(id, 'succeeded');
    expect(await stand.amounts(vm)).toEqual([1, 1024, 10]);
  });

  it('that cannot be are refused with the place and the cause, and hold nothing', async () => {
    const vm = await active();
    const refused = [
      [{ size: 'no-such' }, 'NOT_FOUND', '/size'],
      [{ disks: [{ sizeGib: 9 }] }, 'INVALID_REQUEST', '/disks/0/sizeGib'],
      [{ cpus: 2 }, 'CONFLICT', undefined],
    ] as const;
    for (const [body, code, pointer] of refused) {
      const { error } = await stand.until(await stand.resize(home, vm, body), 'rejected');
      expect(error).toMatchObject({ code });
      expect(error?.details?.[0]?.pointer).toBe(pointer);
    }
    const stranger = await stand.neighbour(home);
    const { error } = await stand.until(await stand.resize(stranger, vm, { cpus: 4 }), 'rejected');
    expect(error).toMatchObject({ code: 'NOT_FOUND' });
    expect(await stand.amounts(vm)).toEqual([2, 2048, 10]);
  });

  it('change labels and protection at once, without the platform', async () => {
    const vm = await active();
    await stand.until(await stand.resize(home, vm, { labels: { a: 'b' }, deletionProtection: true }), 'succeeded');
    expect(await stand.vm(vm)).toMatchObject({ labels: { a: 'b' }, deletionProtection: true, lifecycle: 'active' });
    expect(home.provisioner.commands('reconfigure')).toEqual([]);
    const { error } = await stand.until(await stand.delete(home, vm), 'rejected');
    expect(error).toMatchObject({ code: 'DELETION_PROTECTED' });
  });

  it('wait for an approver when the whole is beyond the thresholds, who signs what it leads to', async () => {
    const policy: Policy = { autoApprove: { maxVcpus: 3 }, approvalTtlHours: 72, onExpiry: 'reject' };
    home = await stand.home({ policy });
    const vm = await active();
    const id = await stand.resize(home, vm, { cpus: 8 });
    const { plan } = await stand.until(id, 'pending_approval');
    const approval = await stand.approvalOf(id);
    expect(approval.plan).toEqual(plan);
    expect(plan).toMatchObject({ amounts: { vcpus: 8, memoryMib: 2048, diskGib: 10 } });
    expect(await stand.amounts(vm)).toEqual([8, 2048, 10]);
    const amy = { principal: 'amy', tenantId: home.tenantId, roles: ['approver'] };
    const decision = { approvalId: approval.id, decision: 'approve', comment: '' } as const;
    const wrong = stand.call('approval.decide', { ...decision, planHash: 'another' }, amy);
    await expect(wrong).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
    await stand.call('approval.decide', { ...decision, planHash: approval.plan.hash }, amy);
    await stand.until(id, 'succeeded');
    expect(await stand.vm(vm)).toMatchObject({ cpus: 8 });
  });

  it('give back what they held when an approver says no', async () => {
    home = await stand.home({ policy: { autoApprove: { maxVcpus: 3 }, approvalTtlHours: 72, onExpiry: 'reject' } });
    const vm = await active();
    const id = await stand.resize(home, vm, { cpus: 8 });
    await stand.until(id, 'pending_approval');
    const { id: approvalId, plan } = await stand.approvalOf(id);
    const amy = { principal: 'amy', tenantId: home.tenantId, roles: ['approver'] };
    await stand.call('approval.decide', { approvalId, decision: 'reject', planHash: plan.hash, comment: '' }, amy);
    await stand.until(id, 'rejected');
    expect(await stand.amounts(vm)).toEqual([2, 2048, 10]);
  });

  it('never promise more than the quota, however many ask at once', async () => {
    await stand.startApprovals();
    const limits = { vcpus: 110 };
    await stand.call('admin.quota.set', { scope: 'tenant', id: home.tenantId, limits });
    const custom = { size: undefined, cpus: 1, memoryMib: 512 };
    const vms = await Promise.all(Array.from({ length: 100 }, () => stand.create(home, custom)));
    await Promise.all(vms.map((vm) => stand.until(vm, 'succeeded', 30_000)));
    const ids = await Promise.all(vms.map((vm) => stand.resize(home, vm, { cpus: 2 })));
    const sql = `SELECT state, count(*)::int AS n FROM approvals.operation
      WHERE id = ANY($1) GROUP BY state ORDER BY state`;
    const isOver = async (): Promise<boolean> => {
      const states = await stand.rows<{ state: string; n: number }>(sql, [ids]);
      return states.reduce((sum, { state, n }) => sum + (['rejected', 'succeeded'].includes(state) ? n : 0), 0) === 100;
    };
    await waitUntil(isOver, 'all to end', 30_000);
    expect(await stand.rows(sql, [ids])).toEqual([
      { state: 'rejected', n: 90 },
      { state: 'succeeded', n: 10 },
    ]);
    const [refused] = await stand.rows<{ error: unknown }>(
      `SELECT doc -> 'error' AS error FROM approvals.operation WHERE id = ANY($1) AND state = 'rejected' LIMIT 1`,
      [ids],
    );
    expect(refused?.error).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      details: [{ pointer: '/cpus', message: 'tenant quota of vcpus: limit 110, in use 110, asked 1' }],
    });
  });

  describe('whose end nobody saw', () => {
    it('are paid for as the larger, and mended by a look', async () => {
      const vm = await active();
      const held = holdResizes();
      const id = await stand.resize(home, vm, { cpus: 4 });
      const command = await firstOf(held);
      home.provisioner.reconfigure(command);
      const looks = home.provisioner.look;
      home.provisioner.look = () => undefined;
      await home.provisioner.fail(command, anError('OUTCOME_UNKNOWN', 'UNKNOWN'));
      await stand.until(id, 'failed');
      expect(await stand.vm(vm)).toMatchObject({ lifecycle: 'active', cpus: 2 });
      expect(await stand.amounts(vm)).toEqual([4, 2048, 10]);
      const another = await stand.until(await stand.resize(home, vm, { cpus: 8 }), 'rejected');
      expect(another.error).toMatchObject({ code: 'CONFLICT' });
      home.provisioner.look = looks;
      await settled(vm);
      expect(await stand.vm(vm)).toMatchObject({ lifecycle: 'active', cpus: 4 });
      expect(await stand.amounts(vm)).toEqual([4, 2048, 10]);
    });

    it('are what they were when a look after the last late effect shows so', async () => {
      const vm = await active();
      const held = holdResizes();
      const id = await stand.resize(home, vm, { cpus: 4 });
      await home.provisioner.fail(await firstOf(held), anError('STORAGE_FULL', 'PARTIAL'));
      await stand.until(id, 'failed');
      await settled(vm);
      expect(await stand.vm(vm)).toMatchObject({ lifecycle: 'active', cpus: 2 });
      expect(await stand.amounts(vm)).toEqual([2, 2048, 10]);
    });

    it('are done by the next worker when the first dies in the middle', async () => {
      const vm = await active();
      const held = holdResizes();
      const id = await stand.resize(home, vm, { cpus: 4, disks: [{ sizeGib: 20 }] });
      home.provisioner.reconfigure(await firstOf(held));
      home.provisioner.act = (command, type) => home.provisioner.workAsAsked(command, type);
      expect(await stand.until(id, 'succeeded')).toMatchObject({ attempt: 2 });
      expect(await stand.vm(vm)).toMatchObject({ lifecycle: 'active', cpus: 4, disks: [{ sizeGib: 20 }] });
    });
  });

  it('that are cancelled while they run end as their worker says, and are looked at', async () => {
    const vm = await active();
    const held = holdResizes();
    const id = await stand.resize(home, vm, { cpus: 4 });
    const command = await firstOf(held);
    await stand.cancel(home, id);
    expect(await home.provisioner.ask('renew', command)).toMatchObject({ verdict: 'stop' });
    await home.provisioner.fail(command, anError('CANCELLED', 'UNKNOWN'));
    await stand.until(id, 'cancelled');
    await settled(vm);
    expect(await stand.vm(vm)).toMatchObject({ lifecycle: 'active', cpus: 2 });
    expect(await stand.amounts(vm)).toEqual([2, 2048, 10]);
  });

  it.each(['queued', 'running', 'in doubt'])('make way for a delete while they are %s', async (when) => {
    const vm = await active();
    const held = holdResizes();
    if (when === 'queued') await stand.call('admin.site.update', { name: home.site, draining: true });
    const id = await stand.resize(home, vm, { cpus: 4 });
    if (when === 'queued') await stand.until(id, 'queued');
    else await firstOf(held);
    if (when === 'in doubt') await home.provisioner.fail(held[0]!, anError('OUTCOME_UNKNOWN', 'UNKNOWN'));
    if (when === 'in doubt') await stand.until(id, 'failed');
    const gone = await stand.delete(home, vm);
    if (when === 'queued') await stand.call('admin.site.update', { name: home.site, draining: false });
    if (when === 'running') await home.provisioner.fail(held[0]!, anError('CANCELLED', 'UNKNOWN'));
    await stand.until(gone, 'succeeded');
    expect(await stand.operation(id)).toMatchObject({ state: when === 'in doubt' ? 'failed' : 'cancelled' });
    expect(await stand.vm(vm)).toMatchObject({ lifecycle: 'deleted' });
    expect(await stand.ledger(vm)).toBe('nothing');
    expect(home.provisioner.vms.size).toBe(0);
  });
});
