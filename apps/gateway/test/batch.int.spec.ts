import type { CreatedVm, MemberSecrets, Operation, Vm } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { createSealingKey, memberIdOf, newId, openSealed, vmIdOf } from '@dcm/runtime';
import { anOperation, aSite } from './docs';
import { aBody, Scene, type Answer, type TestTenant } from './scene';

jest.setTimeout(60_000);

const { publicKey, privateKey } = createSealingKey();

interface Page<T> {
  readonly items: T[];
  readonly nextPageToken: string | null;
}
interface Sent {
  readonly count?: number;
  readonly name: string;
  readonly guest: MemberSecrets;
  readonly memberSecrets?: MemberSecrets[];
}

describe('POST /v1/vms for several equal VMs', () => {
  let scene: Scene;
  let tenant: TestTenant;
  beforeAll(async () => {
    scene = await Scene.open();
    tenant = await scene.tenant();
  });
  afterAll(() => scene.close());

  const create = (change = {}, headers = {}): Promise<Answer<CreatedVm>> =>
    scene.call<CreatedVm>('createVm', {
      token: tenant.token,
      body: aBody(tenant.projectId, { name: 'web', count: 3, ...change }),
      headers,
    });
  const sent = async (operationId: string): Promise<Sent> => {
    const found = (): (typeof scene.approvals.requests)[number] | undefined =>
      scene.approvals.requests.find((request) => request.id === operationId);
    await waitUntil(() => found() !== undefined, `request ${operationId}`);
    return found()!.data as Sent;
  };
  const operationsOf = (batchId: string, query = '', token = tenant.token): Promise<Answer<Page<Operation>>> =>
    scene.call<Page<Operation>>('listOperations', { token, query: `?batchId=${batchId}${query}` });

  it('answers 202 with the first VM and all operations, and each can be read at once', async () => {
    const { status, body: vm, headers } = await create();
    expect(status).toBe(202);
    const ids = [1, 2, 3].map((index) => memberIdOf(vm.operationId, index));
    expect(vm).toMatchObject({ name: 'web-1', id: vmIdOf(vm.operationId) });
    expect(vm.batch).toEqual({
      id: vm.operationId,
      count: 3,
      operations: ids.map((id, index) => ({ id, vmId: vmIdOf(id), name: `web-${index + 1}` })),
    });
    expect(headers.get('operation-location')).toBe(`/v1/operations/${vm.operationId}`);
    for (const [index, id] of ids.entries()) {
      const operation = await scene.call<Operation>('getOperation', { token: tenant.token, params: { id } });
      expect(operation.body).toMatchObject({
        state: 'accepted',
        vmId: vmIdOf(id),
        batch: { id: vm.operationId, index: index + 1, count: 3 },
      });
      const one = await scene.call<Vm>('getVm', { token: tenant.token, params: { id: vmIdOf(id) } });
      expect(one.body).toMatchObject({ name: `web-${index + 1}`, lifecycle: 'requested', operationId: id });
      expect(one.body).not.toHaveProperty('batch');
    }
    expect(await sent(vm.operationId)).toMatchObject({ name: 'web', count: 3 });
    expect(scene.approvals.requests.filter(({ id }) => ids.includes(id as never))).toHaveLength(1);
  });

  it('lists the operations of one request, page by page, and to no other tenant', async () => {
    const { body: vm } = await create();
    await create();
    const { body: all } = await operationsOf(vm.operationId);
    expect(all.items.map(({ batch }) => batch?.index).sort()).toEqual([1, 2, 3]);
    const { body: first } = await operationsOf(vm.operationId, '&pageSize=2');
    const { body: rest } = await operationsOf(
      vm.operationId,
      `&pageSize=2&pageToken=${encodeURIComponent(first.nextPageToken ?? '')}`,
    );
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(all.items.map(({ id }) => id));
    const second = vm.batch?.operations[1]?.id;
    const place = { tenantId: tenant.id, projectId: tenant.projectId, batch: all.items[1]?.batch };
    await scene.approvals.change(
      'operation',
      second!,
      anOperation({
        ...place,
        id: second!,
        state: 'rejected',
        done: true,
        batch: { id: vm.operationId, index: 2, count: 3 },
      }),
    );
    await scene.projected();
    expect((await operationsOf(vm.operationId, '&state=rejected')).body.items).toMatchObject([{ id: second }]);
    const other = await scene.tenant('Other');
    expect((await operationsOf(vm.operationId, '', other.token)).body.items).toEqual([]);
    const { body: single } = await create({ name: 'alone', count: undefined });
    expect((await operationsOf(single.operationId)).body.items).toEqual([]);
    expect((await operationsOf('x')).status).toBe(400);
  });

  it('of one is a request as ever', async () => {
    const { body: vm } = await create({ name: 'only', count: 1 });
    expect([vm.name, vm.batch]).toEqual(['only', undefined]);
    const { body } = await scene.call<Operation>('getOperation', {
      token: tenant.token,
      params: { id: vm.operationId },
    });
    expect(body).not.toHaveProperty('batch');
  });

  it('gives the first answer again to the same key, and refuses another number under it', async () => {
    const key = { 'idempotency-key': newId() };
    const first = await create({}, key);
    const again = await create({}, key);
    expect([again.headers.get('idempotency-replayed'), again.body]).toEqual(['true', first.body]);
    expect((await create({ count: 4 }, key)).body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect((await operationsOf(first.body.operationId)).body.items).toHaveLength(3);
  });

  it('seals the secrets once for each VM, and each opens for its own only', async () => {
    await scene.approvals.change('site', 'vsphere-demo', aSite({ sealingKey: publicKey }));
    await scene.projected();
    const guest = { sshKeys: [], userData: '#cloud-config', adminPassword: 'Secret-1' };
    const { body: vm } = await create({ guest });
    const { guest: own, memberSecrets = [] } = await sent(vm.operationId);
    const ids = vm.batch?.operations.map(({ vmId }) => vmId) ?? [];
    const all = [own, ...memberSecrets];
    expect(all.map((secrets, index) => openSealed(privateKey, secrets.userData ?? '', ids[index] ?? ''))).toEqual(
      ids.map(() => '#cloud-config'),
    );
    expect(openSealed(privateKey, all[2]?.adminPassword ?? '', ids[2] ?? '')).toBe('Secret-1');
    expect(() => openSealed(privateKey, all[1]?.userData ?? '', ids[0] ?? '')).toThrow();
    const kept = await scene.sql.query('SELECT message FROM gateway.request WHERE operation_id = $1', [vm.operationId]);
    expect(JSON.stringify(kept.rows)).not.toContain('Secret-1');
  });

  it.each([
    ['none', { count: 0 }, '/count'],
    ['too many', { count: 51 }, '/count'],
    ['half a VM', { count: 1.5 }, '/count'],
    ['a static address', { networks: [{ network: 'lan', address: { cidr: '192.0.2.7/24' } }] }, '/count'],
    ['a host name', { guest: { hostname: 'web' } }, '/count'],
    ['a name without room for a number', { name: 'a'.repeat(52) }, '/name'],
  ])('refuses %s, and says where', async (_what, change, pointer) => {
    const { status, body } = await create(change);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'INVALID_REQUEST', errors: [{ pointer }] });
  });

  it('waits for all of them, for whoever prefers to wait', async () => {
    scene.approvals.onRequest = async ({ id }) => {
      for (const index of [1, 2]) {
        const own = memberIdOf(id as never, index);
        const batch = { id: id as never, index, count: 2 };
        const place = { id: own, tenantId: tenant.id, projectId: tenant.projectId, vmId: vmIdOf(own), batch };
        await scene.approvals.change('operation', own, anOperation({ ...place, state: 'succeeded', done: true }));
      }
    };
    const { status, body } = await create({ name: 'quick', count: 2 }, { prefer: 'wait=10' });
    scene.approvals.onRequest = () => Promise.resolve();
    expect([status, body.batch?.count]).toEqual([200, 2]);
  });
});
