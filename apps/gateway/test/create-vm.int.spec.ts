import { requesterSchema, type Operation, type Vm } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { canonicalJson, createSealingKey, newId, openSealed, sha256Hex, verifyRequester, vmIdOf } from '@dcm/runtime';
import { aSite, anOperation } from './docs';
import { aBody, installationKey, Scene, type TestTenant } from './scene';

jest.setTimeout(60_000);

describe('POST /v1/vms', () => {
  let scene: Scene;
  let tenant: TestTenant;
  beforeAll(async () => {
    scene = await Scene.open();
    tenant = await scene.tenant();
  });
  afterAll(() => scene.close());
  afterEach(() => {
    scene.approvals.onRequest = () => Promise.resolve();
  });

  const create = (change = {}, headers = {}): ReturnType<typeof scene.call<Vm>> =>
    scene.call<Vm>('createVm', { token: tenant.token, body: aBody(tenant.projectId, change), headers });

  const requestOf = async (operationId: string): Promise<(typeof scene.approvals.requests)[number]> => {
    const found = (): (typeof scene.approvals.requests)[number] | undefined =>
      scene.approvals.requests.find((request) => request.id === operationId);
    await waitUntil(() => found() !== undefined, `request ${operationId}`);
    return found()!;
  };

  it('answers 202 with the VM and where to look, and both can be read at once', async () => {
    const answer = await create();
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      lifecycle: 'requested',
      seq: 0,
      cpus: 2,
      memoryMib: 2048,
      tenantId: tenant.id,
    });
    expect(answer.body.id).toBe(vmIdOf(answer.body.operationId));
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      location: `/v1/vms/${answer.body.id}`,
      'operation-location': `/v1/operations/${answer.body.operationId}`,
      'retry-after': '1',
      etag: '"0"',
    });
    const vm = await scene.call<Vm>('getVm', { token: tenant.token, params: { id: answer.body.id } });
    expect(vm.body).toEqual(answer.body);
    const operation = await scene.call<Operation>('getOperation', {
      token: tenant.token,
      params: { id: answer.body.operationId },
    });
    expect(operation.body).toMatchObject({ state: 'accepted', done: false, vmId: answer.body.id, seq: 0 });
  });

  it('publishes a request whose requester the installation vouches for', async () => {
    const answer = await create({}, { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` });
    const request = await requestOf(answer.body.operationId);
    expect(request).toMatchObject({
      type: 'io.dcm.vm.create.v1',
      source: '/dcm/gateway',
      subject: answer.body.id,
      data: { projectId: tenant.projectId, name: 'web-01', size: 'small' },
    });
    expect(request.traceparent).toMatch(new RegExp(`^00-${'a'.repeat(32)}-(?!b{16})[0-9a-f]{16}-01$`));
    const requester = requesterSchema.parse(verifyRequester(installationKey, request.dcmrequester ?? ''));
    expect(requester).toMatchObject({
      principal: 'dev',
      tenantId: tenant.id,
      roles: ['tenant-admin'],
      requestId: answer.body.operationId,
      payloadSha256: sha256Hex(canonicalJson(request.data)),
    });
  });

  it('shows what the events say as soon as they come, and keeps the message no longer than needed', async () => {
    const { body: vm } = await create();
    await requestOf(vm.operationId);
    await scene.approvals.change('vm', vm.id, { ...vm, lifecycle: 'provisioning' });
    const place = { id: vm.operationId, tenantId: tenant.id, projectId: tenant.projectId, vmId: vm.id };
    await scene.approvals.change('operation', vm.operationId, anOperation({ ...place, state: 'running', percent: 40 }));
    await scene.projected();
    const shown = await scene.call<Vm>('getVm', { token: tenant.token, params: { id: vm.id } });
    expect(shown.body).toMatchObject({ lifecycle: 'provisioning', seq: 1 });
    expect(shown.headers.get('etag')).toBe('"1"');
    const operation = await scene.call<Operation>('getOperation', {
      token: tenant.token,
      params: { id: vm.operationId },
    });
    expect(operation.body).toMatchObject({ state: 'running', percent: 40 });
    const kept = await scene.sql.query(`SELECT status, message FROM gateway.request WHERE operation_id = $1`, [
      vm.operationId,
    ]);
    expect(kept.rows).toEqual([{ status: 'accepted', message: null }]);
  });

  it('takes the tenant from the project when a platform administrator asks', async () => {
    const answer = await scene.call<Vm>('createVm', { body: aBody(tenant.projectId) });
    expect(answer.body.tenantId).toBe(tenant.id);
    const request = await requestOf(answer.body.operationId);
    expect(verifyRequester(installationKey, request.dcmrequester ?? '')).toMatchObject({
      principal: 'bootstrap',
      tenantId: tenant.id,
    });
  });

  describe('with an idempotency key', () => {
    it('gives the first answer again, and creates nothing', async () => {
      const key = { 'idempotency-key': newId() };
      const first = await create({}, key);
      const before = await scene.count('request');
      await scene.approvals.change('vm', first.body.id, { ...first.body, lifecycle: 'provisioning' });
      await scene.projected();
      const second = await create({}, key);
      expect([second.status, second.body]).toEqual([202, first.body]);
      expect(second.headers.get('idempotency-replayed')).toBe('true');
      expect(first.headers.get('idempotency-replayed')).toBeNull();
      expect(second.headers.get('operation-location')).toBe(first.headers.get('operation-location'));
      expect(await scene.count('request')).toBe(before);
    });

    it('takes the key from the body as well, and the order of keys does not matter', async () => {
      const clientToken = newId();
      const first = await create({ clientToken });
      const reversed = Object.fromEntries(Object.entries(aBody(tenant.projectId)).reverse());
      const second = await scene.call<Vm>('createVm', {
        token: tenant.token,
        body: reversed,
        headers: { 'idempotency-key': clientToken },
      });
      expect(second.body).toEqual(first.body);
    });

    it('refuses another payload under the same key', async () => {
      const key = { 'idempotency-key': newId() };
      await create({}, key);
      const other = await create({ name: 'web-02' }, key);
      expect([other.status, (other.body as unknown as { code: string }).code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    });

    it('refuses another command under the same key', async () => {
      const key = { 'idempotency-key': newId() };
      const { body: vm } = await create({}, key);
      const answer = await scene.call('deleteVm', { token: tenant.token, params: { id: vm.id }, headers: key });
      expect([answer.status, answer.body['code']]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    });

    it('makes one request of fifty that come at once', async () => {
      const key = { 'idempotency-key': newId() };
      const before = await scene.count('request');
      const answers = await Promise.all(Array.from({ length: 50 }, () => create({}, key)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
      expect(await scene.count('request')).toBe(before + 1);
      await waitUntil(async () => (await scene.count('outbox')) === 0, 'an empty outbox');
      const { subject } = await requestOf(answers[0]?.body.operationId ?? '');
      expect(scene.approvals.requests.filter((request) => request.subject === subject)).toHaveLength(1);
    });

    it('does not mix up two tenants whose principals bear the same name', async () => {
      const other = await scene.tenant('Other');
      const key = { 'idempotency-key': newId() };
      const mine = await create({}, key);
      const theirs = await scene.call<Vm>('createVm', {
        token: other.token,
        body: aBody(other.projectId),
        headers: key,
      });
      expect(theirs.status).toBe(202);
      expect(theirs.body.id).not.toBe(mine.body.id);
    });

    it('still gives the first answer when the VM has gone meanwhile', async () => {
      const { body: vm } = await create();
      const headers = { 'idempotency-key': newId() };
      const remove = (): ReturnType<typeof scene.call<Vm>> =>
        scene.call<Vm>('deleteVm', { token: tenant.token, params: { id: vm.id }, headers });
      const first = await remove();
      await scene.sql.query(`DELETE FROM gateway.resource WHERE kind = 'vm' AND id = $1`, [vm.id]);
      const second = await remove();
      expect([second.status, second.body]).toEqual([202, first.body]);
      expect(second.headers.get('idempotency-replayed')).toBe('true');
    });
  });

  describe('with guest secrets', () => {
    const userData = 'canary-5f1c-password: hunter2';
    const adminPassword = 'canary-77ab-Passw0rd';
    const domain = { name: 'corp.example', user: 'joiner', password: 'canary-91d2-Join' };
    const guest = { sshKeys: [], userData, adminPassword, domain };

    it('waits for the site to announce a key', async () => {
      const before = await scene.count('request');
      const answer = await create({ guest });
      const { code, errors } = answer.body as unknown as { code: string; errors: { pointer: string }[] };
      expect([answer.status, code]).toEqual([503, 'SITE_UNAVAILABLE']);
      expect(errors.map(({ pointer }) => pointer)).toEqual([
        '/guest/userData',
        '/guest/adminPassword',
        '/guest/domain/password',
      ]);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await scene.count('request')).toBe(before);
    });

    it('seals them for the site and the VM before they are stored anywhere', async () => {
      const key = createSealingKey();
      await scene.approvals.change('site', 'vsphere-demo', aSite({ sealingKey: key.publicKey }));
      await scene.projected();
      const answer = await create({ guest });
      const request = await requestOf(answer.body.operationId);
      const sealed = (request.data as { guest: { userData: string; adminPassword: string } }).guest;
      expect(openSealed(key.privateKey, sealed.userData, answer.body.id)).toBe(userData);
      expect(openSealed(key.privateKey, sealed.adminPassword, answer.body.id)).toBe(adminPassword);
      for (const table of ['request', 'outbox', 'resource']) {
        const { rows } = await scene.sql.query(`SELECT row_to_json(t)::text AS text FROM gateway.${table} AS t`);
        expect(JSON.stringify(rows)).not.toMatch(/canary-5f1c|canary-77ab|canary-91d2/);
      }
    });

    it('tells one password from another under the same key, and the same again', async () => {
      const headers = { 'idempotency-key': newId() };
      const first = await create({ guest }, headers);
      const again = await create({ guest }, headers);
      expect([again.status, again.body]).toEqual([202, first.body]);
      const other = await create({ guest: { ...guest, adminPassword: 'another' } }, headers);
      expect([other.status, (other.body as unknown as { code: string }).code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    });
  });

  describe('that prefers to wait', () => {
    const finish = async (vm: Pick<Vm, 'id' | 'operationId'>, state: Operation['state']): Promise<void> => {
      const place = { id: vm.operationId, tenantId: tenant.id, projectId: tenant.projectId, vmId: vm.id };
      const shown = await scene.call<Vm>('getVm', { token: tenant.token, params: { id: vm.id } });
      await scene.approvals.change('vm', vm.id, {
        ...shown.body,
        lifecycle: state === 'succeeded' ? 'active' : 'failed',
      });
      await scene.approvals.change('operation', vm.operationId, anOperation({ ...place, state, done: true }));
    };

    it.each(['succeeded', 'rejected'] as const)(
      'answers 200 with the VM when the operation %s in time',
      async (state) => {
        scene.approvals.onRequest = ({ id }) =>
          finish({ id: vmIdOf(id as Vm['operationId']), operationId: id as Vm['operationId'] }, state);
        const answer = await create({}, { prefer: 'wait=30' });
        expect(answer.status).toBe(200);
        expect(answer.headers.get('preference-applied')).toBe('wait=30');
        expect(answer.body.lifecycle).toBe(state === 'succeeded' ? 'active' : 'failed');
        expect(answer.headers.get('operation-location')).toContain(answer.body.operationId);
      },
    );

    it('answers 202 when the time is over first', async () => {
      const answer = await create({}, { prefer: 'wait=1' });
      expect([answer.status, answer.headers.get('preference-applied')]).toEqual([202, 'wait=1']);
    });
  });
});
