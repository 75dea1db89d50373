import { vmIdSchema, type AdminActor, type AdminInput, type ApprovalLevel, type PolicyRule } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { OperationsStand, type Home } from './operations-stand';
import { platformAdmin } from './stand';

jest.setTimeout(30_000);

const amyFirst: ApprovalLevel = {
  mode: 'ANY_OF',
  approvers: [{ user: 'amy' }],
  expiresInHours: 4,
  onExpiry: 'reject',
  minApprovals: 1,
};

describe('rules', () => {
  let stand: OperationsStand;
  let home: Home;
  let tina: AdminActor;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home({ policy: { autoApprove: { maxVcpus: 1 }, approvalTtlHours: 72, onExpiry: 'reject' } });
    tina = { principal: 'tina', tenantId: home.tenantId, roles: ['tenant-admin'] };
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  type Fields = Partial<AdminInput<'admin.policy.create'>>;
  const draft = (fields: Fields = {}): AdminInput<'admin.policy.create'> => ({
    tenantId: home.tenantId,
    name: 'rule',
    when: 'true',
    effect: { kind: 'approve' },
    ...fields,
  });
  const rule = (fields: Fields = {}, actor = tina): Promise<PolicyRule> =>
    stand.call('admin.policy.create', draft(fields), actor);
  const noLarge = {
    name: 'no large ones',
    when: 'request.cpus > 1',
    effect: { kind: 'reject', reason: 'ask for less' },
  } as const;
  /** What people had written: the rooms themselves may be at work on what earlier cases made. */
  const journalRows = async (): Promise<number> => {
    const [row] = await stand.rows<{ count: number }>(
      `SELECT count(*)::int AS count FROM approvals.journal WHERE actor <> 'system'`,
    );
    return row?.count ?? 0;
  };

  it('reject with their reason, and give everything back', async () => {
    await rule(noLarge);
    const id = await stand.create(home);
    const { error } = await stand.until(id, 'rejected');
    expect(error).toEqual({
      code: 'POLICY_REJECTED',
      message: 'The request was rejected by rule no large ones: ask for less',
    });
    expect(await stand.ledger(id)).toBe('nothing');
    expect(home.provisioner.commands('provision', id)).toEqual([]);
  });

  it('approve what the thresholds would have asked about', async () => {
    await rule({ when: 'request.cpus == 2 && project.name == "p" && requester.principal == "dave"' });
    expect(await stand.until(await stand.create(home), 'succeeded')).toMatchObject({ approvalId: null });
  });

  it('ask', async () => {
    await rule({ name: 'amy looks', when: 'plan.platform == "vsphere"', effect: { kind: 'ask', levels: [amyFirst] } });
    const id = await stand.create(home, { size: undefined, cpus: 1, memoryMib: 512 });
    await stand.until(id, 'pending_approval');
    expect((await stand.approvalOf(id)).reason).toBe('rule amy looks wants approval');
  });

  it('decide about resizes by what is and what would be', async () => {
    await rule({ name: 'creates', operations: ['vm.create'] });
    const effect = { kind: 'reject', reason: 'grow in steps' } as const;
    await rule({ name: 'steps', operations: ['vm.resize'], when: 'request.cpus > current.cpus * 2', effect });
    await rule({ name: 'resizes', operations: ['vm.resize'], order: 200 });
    const vm = await stand.create(home);
    await stand.until(vm, 'succeeded');
    const refused = await stand.until(await stand.resize(home, vm, { cpus: 5 }), 'rejected');
    expect(refused.error).toMatchObject({ code: 'POLICY_REJECTED' });
    expect(await stand.amounts(vm)).toEqual([2, 2048, 10]);
    await stand.until(await stand.resize(home, vm, { cpus: 4 }), 'succeeded');
  });

  it('ask when they break, and name the rule and the cause', async () => {
    const { id } = await rule({ name: 'env', when: 'has(request.labels.env) && request.labels.env == "dev"' });
    // As a later version of the language might leave it.
    await stand.rows(`UPDATE approvals.policy SET condition = 'request.labels.env == "dev"' WHERE id = $1`, [id]);
    const asked = await stand.create(home, { size: undefined, cpus: 1, memoryMib: 512 });
    await stand.until(asked, 'pending_approval');
    expect((await stand.approvalOf(asked)).reason).toBe('rule env could not be evaluated: No such key: env (at 16)');
    await stand.until(
      await stand.create(home, { size: undefined, cpus: 1, memoryMib: 512, labels: { env: 'dev' } }),
      'succeeded',
    );
  });

  it('of the platform come before those of the tenant, and these before those of the project', async () => {
    const reject = (name: string): Fields => ({ name, effect: { kind: 'reject', reason: name } });
    await rule({ ...reject('of the project'), projectId: home.projectId, order: 1 });
    const rejection = async (): Promise<string | undefined> =>
      (await stand.until(await stand.create(home), 'rejected')).error?.message;
    expect(await rejection()).toContain('of the project');
    await rule({ ...reject('of the tenant'), order: 2 });
    expect(await rejection()).toContain('of the tenant');
    const when = `tenant.id == "${home.tenantId}"`;
    const { id } = await rule({ ...reject('of the platform'), tenantId: null, when, order: 3 }, platformAdmin);
    expect(await rejection()).toContain('of the platform');
    await stand.call('admin.policy.delete', { id }, platformAdmin);
    expect(await rejection()).toContain('of the tenant');
  });

  it('are replaced and deleted, and each state is told', async () => {
    const { id } = await rule({ ...noLarge, enabled: false });
    const fields = { ...noLarge, id, name: 'still none', order: 7 };
    const { tenantId } = home;
    const replaced = await stand.call('admin.policy.replace', fields, tina);
    expect(replaced).toMatchObject({ id, tenantId, name: 'still none', order: 7, enabled: true, seq: 2 });
    expect(await stand.call('admin.policy.delete', { id }, tina)).toMatchObject({ state: 'deleted', seq: 3 });
    const told = await stand.rows(
      `SELECT action, actor, tenant_id FROM approvals.journal WHERE noun = 'policy' AND subject = $1 ORDER BY seq`,
      [id],
    );
    const by = { actor: 'tina', tenant_id: tenantId };
    expect(told).toEqual([
      { action: 'created', ...by },
      { action: 'replaced', ...by },
      { action: 'deleted', ...by },
    ]);
    await expect(stand.call('admin.policy.delete', { id }, tina)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('are refused with the field, the place and the cause when they cannot work', async () => {
    await expect(rule({ when: 'request.cpus > 4 &&\n  request.nme == "x"' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ pointer: '/when', message: 'line 2, column 11: No such key: nme' }],
    });
    await rule();
    await expect(rule()).rejects.toMatchObject({ code: 'CONFLICT' });
    const others = (await stand.neighbour(home)).projectId;
    await expect(rule({ name: 'x', projectId: others })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: [{ pointer: '/projectId' }],
    });
  });

  it('are at most 200 of a scope', async () => {
    await stand.rows(
      `INSERT INTO approvals.policy (id, tenant_id, name, place, enabled, operations, condition, effect)
       SELECT gen_random_uuid(), $1, 'r' || n, n, true, '["vm.create"]', 'false', '{"kind":"approve"}' FROM generate_series(1, 199) AS n`,
      [home.tenantId],
    );
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => rule({ name, when: 'request.cpus > 99' })));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(await rule({ projectId: home.projectId })).toMatchObject({ projectId: home.projectId });
  });

  it('of another tenant are neither evaluated, nor seen, nor changed', async () => {
    const neighbour = await stand.neighbour(home);
    const thief = { ...tina, tenantId: neighbour.tenantId };
    const { id } = await rule(noLarge);
    await stand.until(await stand.create(neighbour), 'succeeded');
    const attempts = [
      stand.call('admin.policy.replace', { ...noLarge, id }, thief),
      stand.call('admin.policy.delete', { id }, thief),
      stand.call('admin.policy.create', draft(), thief),
      stand.call('admin.policy.try', { rules: [id], against: { last: 5 } }, thief),
      stand.call('admin.policy.try', { tenantId: home.tenantId, against: { last: 5 } }, thief),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(rule({ tenantId: null })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    const dave = { ...tina, roles: ['developer'] };
    await expect(rule({ name: 'x' }, dave)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  describe('that are tried', () => {
    it('on past requests say what they would have decided and what happened, and change nothing', async () => {
      const small = await stand.create(home, { name: 'small', size: undefined, cpus: 1, memoryMib: 512 });
      await stand.until(small, 'succeeded');
      const large = await stand.create(home, { name: 'large' });
      await stand.until(large, 'pending_approval');
      const before = await journalRows();
      const tried = await stand.call('admin.policy.try', { rules: [draft(noLarge)], against: { last: 10 } }, tina);
      expect(tried.items).toMatchObject([
        {
          operationId: large,
          name: 'large',
          requester: 'dave',
          ruleId: null,
          verdict: { kind: 'reject', rule: 'no large ones', reason: 'ask for less' },
          happened: { state: 'pending_approval', approval: { state: 'pending' }, error: null },
        },
        {
          operationId: small,
          verdict: { kind: 'approve', rule: null },
          happened: { state: 'succeeded', approval: null },
        },
      ]);
      const { items } = await stand.call('admin.policy.try', { against: { last: 1 } }, tina);
      expect(items).toMatchObject([{ operationId: large, verdict: { kind: 'ask', rule: null } }]);
      expect(await journalRows()).toBe(before);
      expect(await stand.rows('SELECT 1 FROM approvals.policy WHERE tenant_id = $1', [home.tenantId])).toEqual([]);
    });

    it('by their ids count as enabled, resizes and deletes among them', async () => {
      const { id } = await rule({ ...noLarge, enabled: false });
      const vm = await stand.create(home, { size: undefined, cpus: 1, memoryMib: 512 });
      await stand.until(vm, 'succeeded');
      const resize = await stand.resize(home, vm, { memoryMib: 1024 });
      await stand.until(resize, 'succeeded');
      await stand.until(await stand.delete(home, vm), 'succeeded');
      const input = { rules: [id], against: { last: 200, projectId: home.projectId } };
      const { items } = await stand.call('admin.policy.try', input, tina);
      expect(items.map(({ kind }) => kind)).toEqual(['vm.delete', 'vm.resize', 'vm.create']);
      const sample = { projectId: home.projectId, name: 'x', image: 'debian-12', size: 's' };
      const tried = await stand.call('admin.policy.try', { rules: [id], against: { sample } }, tina);
      expect(tried.items).toMatchObject([
        { operationId: null, ruleId: id, verdict: { kind: 'reject', rule: 'no large ones' }, happened: null },
      ]);
    });

    it('on what was refused, too: a resize and a delete that rules have rejected', async () => {
      const effect = { kind: 'reject', reason: 'grow in steps' } as const;
      const steps = await rule({ name: 'steps', operations: ['vm.resize'], when: 'request.cpus > 2', effect });
      const stays = await rule({ name: 'stays', operations: ['vm.delete'], when: 'true', effect });
      const vm = await stand.create(home, { size: undefined, cpus: 1, memoryMib: 512 });
      await stand.until(vm, 'succeeded');
      const resize = await stand.resize(home, vm, { cpus: 4 });
      await stand.until(resize, 'rejected');
      const remove = await stand.delete(home, vm);
      await stand.until(remove, 'rejected');
      const softer = draft({
        name: 'softer',
        operations: ['vm.resize'],
        when: 'request.cpus == 4 && current.cpus == 1',
      });
      const against = { last: 2 };
      const { items } = await stand.call('admin.policy.try', { rules: [softer, stays.id], against }, tina);
      expect(items).toMatchObject([
        { operationId: remove, ruleId: stays.id, verdict: { kind: 'reject' }, happened: { state: 'rejected' } },
        {
          operationId: resize,
          verdict: { kind: 'approve', rule: 'softer' },
          happened: { state: 'rejected', error: { code: 'POLICY_REJECTED' } },
        },
      ]);
      const kept = await stand.call('admin.policy.try', { rules: [steps.id], against }, tina);
      expect(kept.items[1]).toMatchObject({ ruleId: steps.id, verdict: { kind: 'reject', reason: 'grow in steps' } });
    });

    it('on a resize or a delete that nobody asked for', async () => {
      const rules = [
        draft({ name: 'steps', operations: ['vm.resize'], when: 'request.cpus > current.cpus * 2' }),
        draft({ name: 'stays', operations: ['vm.delete'], when: 'current.cpus == 1 && request.cpus == 1' }),
      ];
      const made = await stand.create(home, { size: undefined, cpus: 1, memoryMib: 512 });
      await stand.until(made, 'succeeded');
      const vmId = vmIdSchema.parse((await stand.vm(made))?.id);
      const before = await journalRows();
      const verdict = async (against: AdminInput<'admin.policy.try'>['against'], actor = tina): Promise<unknown> =>
        (await stand.call('admin.policy.try', { rules, against }, actor)).items;
      const nobody = { operationId: null, projectId: home.projectId, requester: 'tina', happened: null };
      expect(await verdict({ vmId, resize: { cpus: 3 } })).toMatchObject([
        { ...nobody, kind: 'vm.resize', verdict: { kind: 'approve', rule: 'steps' } },
      ]);
      expect(await verdict({ vmId, resize: { cpus: 2 } })).toMatchObject([{ verdict: { rule: null } }]);
      expect(await verdict({ vmId, resize: { size: 's' } })).toMatchObject([{ kind: 'vm.resize' }]);
      expect(await verdict({ vmId, delete: true })).toMatchObject([
        { ...nobody, kind: 'vm.delete', verdict: { kind: 'approve', rule: 'stays' } },
      ]);
      await expect(verdict({ vmId, resize: { size: 'no-such-size' } })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        details: [{ pointer: '/against/resize/size' }],
      });
      await expect(verdict({ vmId, resize: { disks: [{ sizeGib: 1 }] } })).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        details: [{ pointer: '/against/resize/disks/0/sizeGib' }],
      });
      expect(await journalRows()).toBe(before);
      expect(await stand.vm(made)).toMatchObject({ lifecycle: 'active', cpus: 1 });
      const thief = { ...tina, tenantId: (await stand.neighbour(home)).tenantId };
      const theirs = stand.call('admin.policy.try', { against: { vmId, delete: true } }, thief);
      await expect(theirs).rejects.toMatchObject({ code: 'NOT_FOUND', details: [{ pointer: '/against/vmId' }] });
    });

    it('are tried on a sample with what its image gives', async () => {
      const { id } = await rule({ ...noLarge, enabled: false });
      const name = `img-${newId().slice(-12)}`;
      const image = await stand.call('admin.image.create', { name, templates: {}, defaults: { size: 's' } });
      const sample = { projectId: home.projectId, name: 'x', image: name };
      const input = { rules: [id], against: { sample } };
      expect((await stand.call('admin.policy.try', input, tina)).items).toMatchObject([
        { verdict: { kind: 'reject' } },
      ]);
      await stand.call('admin.image.update', { id: image.id, defaults: null });
      await expect(stand.call('admin.policy.try', input, tina)).rejects.toMatchObject({
        details: [{ pointer: '/against/sample/cpus' }],
      });
    });

    it('are checked as if they were kept', async () => {
      const input = { rules: [draft(), draft({ when: 'request.cpus' })], against: { last: 1 } };
      await expect(stand.call('admin.policy.try', input, tina)).rejects.toMatchObject({
        details: [{ pointer: '/rules/1/when' }],
      });
    });
  });
});
