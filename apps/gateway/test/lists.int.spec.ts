import type { Vm } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { aVm, anApproval, anOperation } from './docs';
import { Scene, type TestTenant } from './scene';

jest.setTimeout(60_000);

interface Page<T> {
  items: T[];
  nextPageToken: string | null;
}

describe('a list', () => {
  let scene: Scene;
  let tenant: TestTenant;
  let vms: Vm[];
  beforeAll(async () => {
    scene = await Scene.open();
    tenant = await scene.tenant();
    const place = { tenantId: tenant.id, projectId: tenant.projectId };
    vms = Array.from({ length: 25 }, (_, index) =>
      aVm({ ...place, name: `web-${index % 5}`, createdAt: new Date(1_700_000_000_000 + (index >> 1)).toISOString() }),
    );
    for (const vm of vms) await scene.approvals.change('vm', vm.id, vm);
    const gone = aVm({ ...place, lifecycle: 'deleted' });
    await scene.approvals.change('vm', gone.id, gone);
    for (const state of ['running', 'succeeded', 'running'] as const) {
      const operation = anOperation({ ...place, vmId: vms[0]?.id, state });
      await scene.approvals.change('operation', operation.id, operation);
    }
    for (const state of ['pending', 'approved'] as const) {
      const approval = anApproval({ ...place, state });
      await scene.approvals.change('approval', approval.id, approval);
    }
    await scene.projected();
  });
  afterAll(() => scene.close());

  const list = async (query: string): Promise<Page<Vm>> =>
    (await scene.call<Page<Vm>>('listVms', { token: tenant.token, query })).body;

  it('comes newest first, page by page, each thing once', async () => {
    const seen: Vm[] = [];
    let token: string | null = '';
    let pages = 0;
    while (token !== null) {
      const page: Page<Vm> = await list(`?pageSize=7${token === '' ? '' : `&pageToken=${encodeURIComponent(token)}`}`);
      seen.push(...page.items);
      token = page.nextPageToken;
      pages += 1;
    }
    expect(pages).toBe(4);
    expect(new Set(seen.map((vm) => vm.id))).toEqual(new Set(vms.map((vm) => vm.id)));
    expect(seen).toHaveLength(25);
    const order = seen.map((vm) => `${vm.createdAt} ${vm.id}`);
    expect(order).toEqual([...order].sort().reverse());
  });

  it('ends without a token when a page is just full', async () => {
    expect((await list('?pageSize=25')).nextPageToken).toBeNull();
  });

  it('is not disturbed by what is created while it is read', async () => {
    const first = await list('?pageSize=10');
    const late = aVm({ tenantId: tenant.id, projectId: tenant.projectId, createdAt: new Date().toISOString() });
    await scene.approvals.change('vm', late.id, late);
    await scene.projected();
    const second = await list(`?pageSize=10&pageToken=${encodeURIComponent(first.nextPageToken ?? '')}`);
    const ids = [...first.items, ...second.items].map((vm) => vm.id);
    expect(new Set(ids).size).toBe(20);
    await scene.approvals.change('vm', late.id, { ...late, lifecycle: 'deleted' });
    await scene.projected();
  });

  it('is narrowed by its filters', async () => {
    expect((await list('?name=web-3')).items.map((vm) => vm.name)).toEqual(Array(5).fill('web-3'));
    expect((await list(`?projectId=${tenant.projectId.toUpperCase()}`)).items).toHaveLength(25);
    expect((await list(`?projectId=${newId()}`)).items).toEqual([]);
    expect((await list('?lifecycle=deleted')).items.length).toBeGreaterThan(0);
    const operations = await scene.call<Page<{ state: string }>>('listOperations', {
      token: tenant.token,
      query: `?vmId=${vms[0]!.id}&state=running`,
    });
    expect(operations.body.items.map(({ state }) => state)).toEqual(['running', 'running']);
    const approvals = await scene.call<Page<{ state: string }>>('listApprovals', {
      token: tenant.token,
      query: '?state=pending',
    });
    expect(approvals.body.items.map(({ state }) => state)).toEqual(['pending']);
  });

  it('does not show what is deleted unless asked', async () => {
    expect((await list('?pageSize=1000')).items.map((vm) => vm.lifecycle)).not.toContain('deleted');
  });

  it.each([
    ['other filters', '?pageSize=5&name=web-1'],
    ['another list', undefined],
  ])('refuses a page token of %s', async (_, query) => {
    const { nextPageToken } = await list('?pageSize=5');
    const token = `pageToken=${encodeURIComponent(nextPageToken ?? '')}`;
    const answer =
      query === undefined
        ? await scene.call('listOperations', { token: tenant.token, query: `?${token}` })
        : await scene.call('listVms', { token: tenant.token, query: `${query}&${token}` });
    expect([answer.status, answer.body['errors']]).toEqual([
      400,
      [expect.objectContaining({ pointer: 'query/pageToken' })],
    ]);
  });

  it('refuses the page token of another tenant', async () => {
    const { nextPageToken } = await list('?pageSize=5');
    const answer = await scene.call('listVms', { query: `?pageToken=${encodeURIComponent(nextPageToken ?? '')}` });
    expect(answer.status).toBe(400);
  });
});
