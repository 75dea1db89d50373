import { DcmError, type Operation, type Vm } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { aProject, aSite, aVm, anOperation } from './docs';
import { aBody, Scene, type TestTenant } from './scene';

jest.setTimeout(60_000);

describe('changing what exists', () => {
  let scene: Scene;
  let tenant: TestTenant;
  beforeAll(async () => {
    scene = await Scene.open();
    tenant = await scene.tenant();
  });
  afterAll(() => scene.close());

  const existingVm = async (): Promise<Vm> => {
    const vm = aVm({ tenantId: tenant.id, projectId: tenant.projectId });
    await scene.approvals.change('vm', vm.id, vm);
    await scene.projected();
    return vm;
  };

  it('finds a VM by its id in capitals', async () => {
    const vm = await existingVm();
    const answer = await scene.call<Vm>('getVm', { token: tenant.token, params: { id: vm.id.toUpperCase() } });
    expect(answer.body.id).toBe(vm.id);
  });

  describe('with If-Match', () => {
    it('accepts the current one, and its repetition after the state moved on', async () => {
      const vm = await existingVm();
      const headers = { 'if-match': '"1"', 'idempotency-key': newId() };
      const first = await scene.call<Vm>('deleteVm', { token: tenant.token, params: { id: vm.id }, headers });
      await scene.approvals.change('vm', vm.id, { ...vm, lifecycle: 'deleting' });
      await scene.projected();
      const second = await scene.call<Vm>('deleteVm', { token: tenant.token, params: { id: vm.id }, headers });
      expect([first.status, second.status, second.body]).toEqual([202, 202, first.body]);
    });

    it('guards a PATCH before anything is asked of approvals', async () => {
      const project = aProject({ tenantId: tenant.id });
      await scene.approvals.change('project', project.id, project);
      await scene.projected();
      scene.approvals.answer('admin.project.update', (input) => ({ ...project, name: input['name'], seq: 2 }));
      const patch = (tag: string): ReturnType<typeof scene.call> =>
        scene.call('updateProject', {
          token: tenant.token,
          params: { id: project.id },
          body: { name: 'renamed' },
          headers: { 'if-match': tag },
        });
      const calls = scene.approvals.calls.length;
      expect((await patch('"9"')).status).toBe(412);
      expect(scene.approvals.calls).toHaveLength(calls);
      const answer = await patch('"1"');
      expect([answer.status, answer.headers.get('etag')]).toEqual([200, '"2"']);
    });
  });

  describe('an answer of approvals', () => {
    it('is shown at once, and the event that follows finds its place', async () => {
      const project = aProject({ tenantId: tenant.id });
      const written = { current: scene.approvals.journal.length };
      scene.approvals.answer('admin.project.create', (input) => {
        const change = scene.approvals.write('project', project.id, { ...project, ...input });
        written.current = change.position;
        return change.doc;
      });
      const body = { tenantId: tenant.id, name: 'api', site: 'vsphere-demo' };
      const created = await scene.call('createProject', { token: tenant.token, body });
      expect([created.status, created.headers.get('location')]).toEqual([201, `/v1/projects/${project.id}`]);
      const read = await scene.call('getProject', { token: tenant.token, params: { id: project.id } });
      expect(read.body).toMatchObject({ name: 'api', seq: 1 });
      expect(scene.approvals.calls.at(-1)).toMatchObject({
        name: 'admin.project.create',
        actor: { principal: 'dev', tenantId: tenant.id, roles: ['tenant-admin'] },
      });
      await scene.approvals.publish(scene.approvals.journal[written.current - 1]!);
      await scene.projected();
      const { rows } = await scene.sql.query(
        `SELECT position FROM gateway.resource WHERE kind = 'project' AND id = $1`,
        [project.id],
      );
      expect(rows).toEqual([{ position: String(written.current) }]);
    });

    it('that refuses is passed on with its code', async () => {
      scene.approvals.answer('admin.tenant.create', () => {
        throw new DcmError('CONFLICT', 'Unable to create tenant Acme: the name is taken', {
          details: [{ pointer: '/name', message: 'is taken' }],
        });
      });
      const answer = await scene.call('createTenant', { body: { name: 'Acme' } });
      expect([answer.status, answer.body['code'], answer.body['errors']]).toEqual([
        409,
        'CONFLICT',
        [{ pointer: '/name', message: 'is taken' }],
      ]);
    });

    it('that breaks its schema is a defect, and says nothing of it', async () => {
      scene.approvals.answer('admin.tenant.create', () => ({ surprise: 'canary' }));
      const answer = await scene.call('createTenant', { body: { name: 'Acme' } });
      expect([answer.status, JSON.stringify(answer.body).includes('canary')]).toEqual([500, false]);
    });
  });

  describe.each([
    ['cancelOperation', 'admin.operation.cancel', { state: 'cancelled', done: true }],
    ['retryOperation', 'admin.operation.retry', { state: 'queued', waitingFor: null }],
  ] as const)('%s', (route, call, change) => {
    it('shows the operation as it then is, at once', async () => {
      const operation = anOperation({ tenantId: tenant.id, state: 'queued' });
      await scene.approvals.change('operation', operation.id, operation);
      await scene.projected();
      scene.approvals.answer(call, () => ({ ...operation, ...change, seq: 2 }));
      const of = { token: tenant.token, params: { id: operation.id } };
      const answer = await scene.call<Operation>(route, of);
      expect([answer.status, answer.body.state]).toEqual([200, change.state]);
      expect(scene.approvals.calls.at(-1)).toEqual({
        name: call,
        actor: { principal: 'dev', tenantId: tenant.id, roles: ['tenant-admin'] },
        input: { operationId: operation.id },
      });
      const read = await scene.call<Operation>('getOperation', of);
      expect(read.body).toMatchObject({ ...change, seq: 2 });
    });

    it('passes on that the operation is in no state for it', async () => {
      const operation = anOperation({ tenantId: tenant.id, state: 'succeeded', done: true });
      await scene.approvals.change('operation', operation.id, operation);
      await scene.projected();
      scene.approvals.answer(call, () => {
        throw new DcmError('CONFLICT', 'Unable to do this: it has ended');
      });
      const answer = await scene.call(route, { token: tenant.token, params: { id: operation.id } });
      expect([answer.status, answer.body['code']]).toEqual([409, 'CONFLICT']);
    });

    it('asks to come back while the operation is still on its way', async () => {
      const { body: vm } = await scene.call<Vm>('createVm', { token: tenant.token, body: aBody(tenant.projectId) });
      scene.approvals.answer(call, () => {
        throw new DcmError('NOT_FOUND', 'Unable to do this: there is no such operation');
      });
      const answer = await scene.call(route, { token: tenant.token, params: { id: vm.operationId } });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    });
  });

  describe('opening a console', () => {
    const console = { url: 'wss://esx-1.test/ticket/canary-9d3e', expiresAt: '2026-01-02T03:04:05.678Z' };

    it('hands its address to the caller and to nobody else', async () => {
      const vm = await existingVm();
      scene.approvals.answer('admin.vm.console', () => console);
      const answer = await scene.call('openConsole', { token: tenant.token, params: { id: vm.id } });
      expect([answer.status, answer.body]).toEqual([200, console]);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(scene.approvals.calls.at(-1)).toMatchObject({ name: 'admin.vm.console', input: { vmId: vm.id } });
      for (const table of ['request', 'outbox', 'resource']) {
        const { rows } = await scene.sql.query(`SELECT row_to_json(t)::text AS text FROM gateway.${table} AS t`);
        expect(JSON.stringify(rows)).not.toContain('canary-9d3e');
      }
    });

    it('says nothing of an address in an answer that cannot be read', async () => {
      const vm = await existingVm();
      scene.approvals.answer('admin.vm.console', () => ({ ...console, expiresAt: 'canary-9d3e' }));
      const answer = await scene.call('openConsole', { token: tenant.token, params: { id: vm.id } });
      expect([answer.status, JSON.stringify(answer.body).includes('canary-9d3e')]).toEqual([500, false]);
    });

    it('passes on why there is none', async () => {
      const vm = await existingVm();
      scene.approvals.answer('admin.vm.console', () => {
        throw new DcmError('SITE_UNAVAILABLE', 'Unable to open a console: the site does not answer');
      });
      const answer = await scene.call('openConsole', { token: tenant.token, params: { id: vm.id } });
      expect([answer.status, answer.body['code']]).toEqual([503, 'SITE_UNAVAILABLE']);
    });
  });

  it('asking for a scan answers 202 with the site, and an unknown site is not asked for', async () => {
    const scan = {
      finishedAt: '2026-01-02T03:04:05.678Z',
      vms: 9,
      ours: 1,
      missing: 0,
      isSuspect: false,
      detail: null,
    };
    scene.approvals.answer('admin.site.scan', () => ({ ...aSite({ scan }), seq: 99 }));
    const answer = await scene.call('scanSite', { params: { name: 'vsphere-demo' } });
    expect([answer.status, answer.body['scan'], answer.headers.get('location')]).toEqual([
      202,
      scan,
      '/v1/sites/vsphere-demo',
    ]);
    expect(scene.approvals.calls.at(-1)).toMatchObject({ name: 'admin.site.scan', input: { name: 'vsphere-demo' } });
    const calls = scene.approvals.calls.length;
    expect((await scene.call('scanSite', { params: { name: 'nowhere' } })).status).toBe(404);
    expect(scene.approvals.calls).toHaveLength(calls);
  });
});
