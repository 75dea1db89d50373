import { DcmError, type Operation, type Vm } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { newId } from '@dcm/runtime';
import { aProject, aVm, anOperation } from './docs';
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

  it.each([
    ['powerVm', { action: 'RESTART' }, { power: { action: 'RESTART', mode: 'TRY_SOFT' } }, 'vm.power'],
    ['deleteVm', undefined, {}, 'vm.delete'],
  ] as const)('%s answers 202 with the VM, and its operation can be read at once', async (route, body, sent, kind) => {
    const vm = await existingVm();
    const answer = await scene.call<Vm>(route, { token: tenant.token, params: { id: vm.id }, body });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ ...vm, operationId: answer.body.operationId });
    expect(answer.body.operationId).not.toBe(vm.operationId);
    const operation = await scene.call<Operation>('getOperation', {
      token: tenant.token,
      params: { id: answer.body.operationId },
    });
    expect(operation.body).toMatchObject({ kind, vmId: vm.id, state: 'accepted', site: vm.site });
    const requests = (): unknown[] =>
      scene.approvals.requests.filter((request) => request.id === answer.body.operationId);
    await waitUntil(() => requests().length > 0, 'the request');
    expect(requests()).toEqual([expect.objectContaining({ data: { vmId: vm.id, ...sent } })]);
  });

  it('finds a VM by its id in capitals', async () => {
    const vm = await existingVm();
    const answer = await scene.call<Vm>('getVm', { token: tenant.token, params: { id: vm.id.toUpperCase() } });
    expect(answer.body.id).toBe(vm.id);
  });

  describe('with If-Match', () => {
    it('refuses a state that is no longer the current one, and sends nothing', async () => {
      const vm = await existingVm();
      const before = await scene.count('request');
      for (const route of ['deleteVm', 'powerVm'] as const) {
        const body = route === 'powerVm' ? { action: 'ON' } : undefined;
        const answer = await scene.call(route, {
          token: tenant.token,
          params: { id: vm.id },
          body,
          headers: { 'if-match': '"7"' },
        });
        expect([answer.status, answer.body['code']]).toEqual([412, 'PRECONDITION_FAILED']);
        expect(answer.body['errors']).toEqual([expect.objectContaining({ pointer: 'header/If-Match' })]);
      }
      expect(await scene.count('request')).toBe(before);
    });

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

  describe('cancelling', () => {
    it('shows the cancelled operation at once', async () => {
      const operation = anOperation({ tenantId: tenant.id });
      await scene.approvals.change('operation', operation.id, operation);
      await scene.projected();
      scene.approvals.answer('admin.operation.cancel', () => ({
        ...operation,
        state: 'cancelled',
        done: true,
        seq: 2,
      }));
      const answer = await scene.call<Operation>('cancelOperation', {
        token: tenant.token,
        params: { id: operation.id },
      });
      expect([answer.status, answer.body.state]).toEqual([200, 'cancelled']);
      const read = await scene.call<Operation>('getOperation', { token: tenant.token, params: { id: operation.id } });
      expect(read.body.state).toBe('cancelled');
    });

    it('asks to come back while the operation is still on its way', async () => {
      const { body: vm } = await scene.call<Vm>('createVm', { token: tenant.token, body: aBody(tenant.projectId) });
      scene.approvals.answer('admin.operation.cancel', () => {
        throw new DcmError('NOT_FOUND', 'Unable to cancel: there is no such operation');
      });
      const answer = await scene.call('cancelOperation', { token: tenant.token, params: { id: vm.operationId } });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    });
  });
});
