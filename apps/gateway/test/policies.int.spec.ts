import type { PolicyRule } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { aPolicy } from './docs';
import { Scene, type TestTenant } from './scene';

jest.setTimeout(60_000);

describe('rules over HTTP', () => {
  let scene: Scene;
  let tenant: TestTenant;
  let other: TestTenant;
  beforeAll(async () => {
    scene = await Scene.open();
    tenant = await scene.tenant('own');
    other = await scene.tenant('other');
  });
  afterAll(() => scene.close());

  const written = async (change: Parameters<typeof aPolicy>[0]): Promise<PolicyRule> => {
    const rule = aPolicy(change);
    await scene.approvals.change('policy', rule.id, rule);
    await scene.projected();
    return rule;
  };
  const listed = async (token: string): Promise<string[]> => {
    const { body } = await scene.call<{ items: PolicyRule[] }>('listPolicies', { token });
    return body.items.map(({ id }) => id);
  };

  it('are read by their tenant, those of the platform by all, those that were deleted by nobody', async () => {
    const own = await written({ tenantId: tenant.id });
    const shared = await written({ tenantId: null });
    const gone = await written({ tenantId: tenant.id, state: 'deleted' });
    expect((await listed(tenant.token)).sort()).toEqual([own.id, shared.id].sort());
    expect(await listed(other.token)).toEqual([shared.id]);
    const status = async (id: string, token: string): Promise<number> =>
      (await scene.call('getPolicy', { params: { id }, token })).status;
    expect(await status(shared.id, other.token)).toBe(200);
    expect(await status(own.id, other.token)).toBe(404);
    expect(await status(gone.id, tenant.token)).toBe(404);
  });

  it('are created with their address, and replaced and deleted at the state that was seen', async () => {
    const rule = aPolicy({ tenantId: tenant.id });
    scene.approvals.answer('admin.policy.create', () => rule);
    const fields = { name: 'all', when: 'true', effect: { kind: 'approve' } };
    const body = { tenantId: tenant.id, ...fields };
    const created = await scene.call('createPolicy', { token: tenant.token, body });
    expect([created.status, created.headers.get('location')]).toEqual([201, `/v1/policies/${rule.id}`]);
    expect(scene.approvals.calls.at(-1)).toMatchObject({
      actor: { tenantId: tenant.id },
      input: { ...body, projectId: null, order: 100, operations: ['vm.create', 'vm.resize'] },
    });
    const at = { params: { id: rule.id }, token: tenant.token };
    const stale = { ...at, headers: { 'if-match': '"7"' } };
    expect((await scene.call('replacePolicy', { ...stale, body: fields })).status).toBe(412);
    expect((await scene.call('deletePolicy', stale)).status).toBe(412);
    scene.approvals.answer('admin.policy.delete', () => ({ ...rule, state: 'deleted', seq: 2 }));
    const fresh = { ...at, headers: { 'if-match': created.headers.get('etag') ?? '' } };
    expect((await scene.call('deletePolicy', fresh)).status).toBe(204);
    expect((await scene.call('getPolicy', at)).status).toBe(404);
  });

  it.each([
    ['a text that is too long', { when: 'x'.repeat(2_001) }, '/when'],
    ['an effect without its levels', { effect: { kind: 'ask' } }, '/effect/levels'],
    ['six levels', { effect: { kind: 'ask', levels: Array(6).fill(aLevel()) } }, '/effect/levels'],
    ['an operation that no rule decides about', { operations: ['vm.power'] }, '/operations/0'],
    ['nobody who decides over the quota', { overQuota: { levels: [] } }, '/overQuota/levels'],
    [
      'an approver who is nobody',
      { effect: { kind: 'ask', levels: [aLevel({ approvers: [{}] })] } },
      '/effect/levels/0/approvers/0',
    ],
    ['what is no field', { colour: 'red' }, '/colour'],
  ])('with %s are refused at the door', async (_, change, pointer) => {
    const body = { tenantId: tenant.id, name: 'x', when: 'true', effect: { kind: 'approve' }, ...change };
    const answer = await scene.call<{ errors: { pointer: string }[] }>('createPolicy', { token: tenant.token, body });
    expect([answer.status, answer.body.errors[0]?.pointer]).toEqual([400, pointer]);
  });

  it('are tried on no more than 200 requests', async () => {
    const body = { against: { last: 201 } };
    expect((await scene.call('tryPolicies', { token: tenant.token, body })).status).toBe(400);
    scene.approvals.answer('admin.policy.try', () => ({ items: [] }));
    const tried = await scene.call('tryPolicies', {
      token: tenant.token,
      body: { rules: [newId()], against: { last: 200 } },
    });
    expect([tried.status, tried.body]).toEqual([200, { items: [] }]);
  });
});

function aLevel(change: object = {}): object {
  return { mode: 'ANY_OF', approvers: [{ role: 'approver' }], expiresInHours: 4, onExpiry: 'reject', ...change };
}
