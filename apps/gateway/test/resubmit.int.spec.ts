import { DcmError, operationIdSchema, vmIdSchema, type AskedRequest, type Operation } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { createSealingKey, newId, openSealed } from '@dcm/runtime';
import { anOperation, aSite, aVm } from './docs';
import type { PublishedRequest } from './fake-approvals';
import { aBody, Scene, type Answer, type TestTenant } from './scene';

jest.setTimeout(60_000);

const { publicKey, privateKey } = createSealingKey();

describe('resubmitting an operation', () => {
  let scene: Scene;
  let tenant: TestTenant;
  let asked: AskedRequest | DcmError;
  beforeAll(async () => {
    scene = await Scene.open();
    tenant = await scene.tenant();
    await scene.approvals.change('site', 'vsphere-demo', aSite({ sealingKey: publicKey }));
    scene.approvals.answer('admin.operation.asked', () => {
      if (asked instanceof DcmError) throw asked;
      return asked;
    });
  });
  beforeEach(() => {
    asked = { kind: 'vm.create', data: aBody(tenant.projectId), secrets: [] };
  });
  afterAll(() => scene.close());

  const anEnded = async (change: object = {}): Promise<Operation> => {
    const doc = anOperation({
      tenantId: tenant.id,
      projectId: tenant.projectId,
      state: 'failed',
      done: true,
      ...change,
    });
    await scene.approvals.change('operation', doc.id, doc);
    await scene.projected();
    return doc;
  };
  const resubmit = (
    id: string,
    { token = tenant.token, ...options }: { token?: string; body?: object; headers?: Record<string, string> } = {},
  ): Promise<Answer> => scene.call('resubmitOperation', { token, params: { id }, ...options });
  const sent = async (id: unknown): Promise<PublishedRequest> => {
    const found = () => scene.approvals.requests.find((request) => request.id === id);
    await waitUntil(() => found() !== undefined, `request ${String(id)}`);
    return found()!;
  };

  it('answers 202 with a new operation that names the old one, and sends the same create', async () => {
    const old = await anEnded();
    const answer = await resubmit(old.id);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ kind: 'vm.create', state: 'accepted', resubmits: old.id, requester: 'dev' });
    const { id, vmId } = answer.body;
    expect([id === old.id, vmId === old.vmId]).toEqual([false, false]);
    expect(answer.headers.get('operation-location')).toBe(`/v1/operations/${String(id)}`);
    expect(answer.headers.get('location')).toBe(`/v1/vms/${String(vmId)}`);
    const { type, data } = await sent(id);
    expect(type).toBe('io.dcm.vm.create.v1');
    expect(data).toMatchObject({ ...aBody(tenant.projectId), resubmits: old.id });
    const shown = await scene.call('getOperation', { token: tenant.token, params: { id: old.id } });
    expect(shown.body).toMatchObject({ state: 'failed', id: old.id });
  });

  it('sends a change of a VM for the same VM', async () => {
    const vm = aVm({ tenantId: tenant.id, projectId: tenant.projectId });
    await scene.approvals.change('vm', vm.id, vm);
    const old = await anEnded({ kind: 'vm.power', vmId: vm.id });
    asked = { kind: 'vm.power', data: { vmId: vm.id, power: { action: 'ON' } }, secrets: [] };
    const { status, body } = await resubmit(old.id, { headers: { 'if-match': '"77"' } });
    expect([status, body['vmId']]).toEqual([202, vm.id]);
    expect((await sent(body['id'])).data).toEqual({ vmId: vm.id, power: { action: 'ON' }, resubmits: old.id });
  });

  it('takes the secrets that are not kept, and seals them for the new VM', async () => {
    const old = await anEnded();
    asked = { kind: 'vm.create', data: aBody(tenant.projectId), secrets: ['/guest/userData'] };
    const refused = await resubmit(old.id);
    expect([refused.status, refused.body['errors']]).toEqual([
      400,
      [{ pointer: '/guest/userData', message: 'was given with the first request and is not kept' }],
    ]);
    const tooMany = await resubmit(old.id, { body: { guest: { userData: 'x', adminPassword: 'y' } } });
    expect(tooMany.body['errors']).toMatchObject([{ pointer: '/guest/adminPassword' }]);
    const { body } = await resubmit(old.id, { body: { guest: { userData: 'hunter2' } } });
    const { guest } = (await sent(body['id'])).data as { guest: { userData: string } };
    expect(openSealed(privateKey, guest.userData, vmIdSchema.parse(body['vmId']))).toBe('hunter2');
  });

  it('gives the same answer to the same key, whatever became of the old one', async () => {
    const old = await anEnded();
    const headers = { 'idempotency-key': newId() };
    const first = await resubmit(old.id, { headers });
    const before = await scene.count('request');
    asked = new DcmError('CONFLICT', 'Unable to do it twice');
    const second = await resubmit(old.id, { headers });
    expect([second.status, second.body['id']]).toEqual([202, first.body['id']]);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(await scene.count('request')).toBe(before);
    const other = await resubmit((await anEnded()).id, { headers });
    expect([other.status, other.body['code']]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('hands on why it cannot be', async () => {
    asked = new DcmError('CONFLICT', 'Unable to resubmit operation x: it succeeded');
    const { status, body } = await resubmit((await anEnded()).id);
    expect([status, body['code'], body['detail']]).toEqual([409, 'CONFLICT', asked.message]);
  });

  it('knows no operation of others, and lets nobody in who may not ask', async () => {
    const old = await anEnded();
    const other = await scene.tenant('Other');
    expect((await resubmit(old.id, { token: other.token })).status).toBe(404);
    expect((await resubmit(newId())).status).toBe(404);
    const auditor = await scene.token(tenant.id, ['auditor'], 'audrey');
    expect((await resubmit(old.id, { token: auditor })).status).toBe(403);
    expect((await resubmit(old.id, { body: { guest: { hostname: 'h' } } })).status).toBe(400);
  });

  it('comes back later for an operation that is still being handed over', async () => {
    const create = await scene.call('createVm', { token: tenant.token, body: aBody(tenant.projectId) });
    asked = new DcmError('NOT_FOUND', 'Unable to find it');
    const { status, body } = await resubmit(operationIdSchema.parse(create.body['operationId']));
    expect([status, body['code']]).toEqual([503, 'UNAVAILABLE']);
  });
});
