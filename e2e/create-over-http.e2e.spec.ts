import { hasPython, until } from './process';
import { Product, type Json } from './product';

const withPyvmomi = hasPython('pyVmomi') ? it : it.skip;

describe('a VM asked for over HTTP', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.start();
  }, 180_000);
  afterAll(() => product.stop(), 60_000);

  withPyvmomi(
    'runs in the vCenter with the CPUs, memory, power and mark asked for',
    async () => {
      const answer = await product.http('POST', '/v1/vms', {
        body: {
          projectId: product.projectId,
          name: 'web-01',
          image: 'debian-12',
          cpus: 2,
          memoryMib: 2048,
          disks: [{ sizeGib: 12 }],
        },
      });
      expect(answer.status).toBe(202);
      const { id, operationId } = answer.body;
      expect(answer.headers.get('location')).toBe(`/v1/vms/${String(id)}`);
      expect(answer.headers.get('operation-location')).toBe(`/v1/operations/${String(operationId)}`);

      expect(await product.finished(String(operationId))).toMatchObject({
        state: 'succeeded',
        percent: 100,
        error: null,
        waitingFor: null,
      });
      const seen = (await product.marked()).filter((vm) => vm.instance === id);
      expect(seen).toMatchObject([{ cpus: 2, memoryMib: 2048, power: 'on', disksMib: [12 * 1024] }]);
      expect(seen[0]?.name).toBe(`web-01-${String(id).slice(0, 8)}`);
      expect(Object.values(seen[0]?.marks ?? {}).join()).toContain(String(id));

      const vm = await product.http('GET', `/v1/vms/${String(id)}`);
      expect(vm.body).toMatchObject({
        lifecycle: 'active',
        power: 'on',
        presence: 'present',
        cpus: 2,
        memoryMib: 2048,
      });
    },
    90_000,
  );

  it('answers a repeated Idempotency-Key with the same VM and refuses another body', async () => {
    const headers = { 'idempotency-key': 'e2e-key-1' };
    const first = await product.createVm({ name: 'twice' }, headers);
    const second = await product.createVm({ name: 'twice' }, headers);
    expect(second).toEqual(first);
    const other = await product.http('POST', '/v1/vms', {
      body: { projectId: product.projectId, name: 'another', image: 'debian-12', size: 'small' },
      headers,
    });
    expect([other.status, other.body['code']]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(await product.finished(first.operationId)).toMatchObject({ state: 'succeeded' });
    const listed = await product.http<{ items: Json[] }>('GET', '/v1/vms?name=twice');
    expect(listed.body.items).toHaveLength(1);
  }, 90_000);

  it('switches a VM off, on and deletes it with nothing left in quota or vCenter', async () => {
    const { vmId, operationId } = await product.createVm({ name: 'cycle' });
    await product.finished(operationId);
    for (const [action, power] of [
      ['OFF', 'off'],
      ['ON', 'on'],
    ] as const) {
      const body = action === 'OFF' ? { action, mode: 'HARD' } : { action };
      const answer = await product.http('POST', `/v1/vms/${vmId}/power`, { body });
      expect(answer.status).toBe(202);
      expect(await product.finished(String(answer.body['operationId']))).toMatchObject({ state: 'succeeded' });
      expect((await product.http('GET', `/v1/vms/${vmId}`)).body['power']).toBe(power);
    }
    const gone = await product.http('DELETE', `/v1/vms/${vmId}`);
    expect(gone.status).toBe(202);
    expect(await product.finished(String(gone.body['operationId']))).toMatchObject({ state: 'succeeded' });
    expect((await product.http('GET', `/v1/vms/${vmId}`)).body['lifecycle']).toBe('deleted');
    expect((await product.marked()).filter((vm) => vm.instance === vmId)).toEqual([]);
  }, 90_000);

  it('lets an approver who is not the requester decide what exceeds the thresholds', async () => {
    const policy = { autoApprove: { maxVcpus: 1 }, approvalTtlHours: 1, onExpiry: 'reject' };
    const project = await product.http('POST', '/v1/projects', {
      body: { tenantId: product.stack.tenantId, name: 'watched', site: 'vsphere-demo', policy },
    });
    expect(project.status).toBe(201);
    const token = async (principal: string, roles: string[]): Promise<string> => {
      const body = { principal, tenantId: product.stack.tenantId, roles };
      return String((await product.http('POST', '/v1/tokens', { body })).body['token']);
    };
    const [developer, approver] = [await token('dev', ['developer']), await token('boss', ['approver'])];
    const body = { projectId: project.body['id'], name: 'big', image: 'debian-12', size: 'medium' };
    const asked = await product.http('POST', '/v1/vms', { body, token: developer });
    const pending = await until('an approval waits', 30_000, async () => {
      const list = await product.http<{ items: Json[] }>('GET', '/v1/approvals?state=pending');
      return list.body.items.find((item) => item['operationId'] === asked.body['operationId']);
    });
    const decide = (planHash: string, with_: string) =>
      product.http('POST', `/v1/approvals/${String(pending['id'])}/decision`, {
        body: { decision: 'approve', planHash },
        token: with_,
      });
    const hash = String((pending['plan'] as Json)['hash']);
    expect((await decide(hash, developer)).status).toBe(403);
    expect((await decide('0'.repeat(64), approver)).body['code']).toBe('PLAN_CHANGED');
    expect(
      (await product.http('GET', `/v1/operations/${String(asked.body['operationId'])}`)).body['waitingFor'],
    ).toMatchObject({ kind: 'approval' });
    expect(await decide(hash, approver)).toMatchObject({ status: 200, body: { state: 'approved' } });
    expect((await decide(hash, approver)).status).toBe(200);
    expect(await product.finished(String(asked.body['operationId']))).toMatchObject({ state: 'succeeded' });
  }, 90_000);

  it('asks once more, in one call, for what was refused, and makes the VM when nothing stands in the way any more', async () => {
    const project = await product.http('POST', '/v1/projects', {
      body: { tenantId: product.stack.tenantId, name: 'full', site: 'vsphere-demo' },
    });
    const projectId = String(project.body['id']);
    const quota = (vms: number) =>
      product.http('PUT', `/v1/projects/${projectId}/quotas`, { body: { limits: { vms } } });
    await quota(0);
    const { operationId } = await product.createVm({
      projectId,
      name: 'again',
      guest: { userData: '#cloud-config\n' },
    });
    expect(await product.finished(operationId)).toMatchObject({ state: 'rejected', error: { code: 'QUOTA_EXCEEDED' } });
    await quota(1);
    const path = `/v1/operations/${operationId}/resubmit`;
    const bare = await product.http('POST', path);
    expect([bare.status, bare.body['errors']]).toMatchObject([400, [{ pointer: '/guest/userData' }]]);
    const again = await product.http('POST', path, { body: { guest: { userData: '#cloud-config\n' } } });
    expect(again.status).toBe(202);
    expect(await product.finished(String(again.body['id']))).toMatchObject({
      state: 'succeeded',
      resubmits: operationId,
    });
    const listed = await product.http<{ items: Json[] }>('GET', `/v1/vms?projectId=${projectId}&lifecycle=active`);
    expect(listed.body.items.map((vm) => vm['name'])).toEqual(['again']);
  }, 90_000);

  it('admits exactly 25 of 200 parallel requests for 25 places and releases what a rejected one held', async () => {
    const project = await product.http('POST', '/v1/projects', {
      body: {
        tenantId: product.stack.tenantId,
        name: 'narrow',
        site: 'vsphere-demo',
        policy: { autoApprove: { maxVcpus: 0 } },
      },
    });
    const projectId = String(project.body['id']);
    await product.http('PUT', `/v1/projects/${projectId}/quotas`, { body: { limits: { vms: 25 } } });
    const asked = await Promise.all(
      Array.from({ length: 200 }, (_, n) => product.createVm({ projectId, name: `n-${n}` })),
    );
    const states = await until('200 requests are decided upon', 60_000, async () => {
      const all = await Promise.all(
        asked.map(async ({ operationId }) => (await product.http('GET', `/v1/operations/${operationId}`)).body),
      );
      return all.every((one) => one['state'] === 'pending_approval' || one['done'] === true) ? all : undefined;
    });
    const admitted = states.filter((one) => one['state'] === 'pending_approval');
    const refused = states.filter((one) => (one['error'] as Json | null)?.['code'] === 'QUOTA_EXCEEDED');
    expect([admitted.length, refused.length]).toEqual([25, 175]);

    for (const one of admitted) await product.http('POST', `/v1/operations/${String(one['id'])}/cancel`);
    const quota = await until('the quota is free again', 30_000, async () => {
      const { body } = await product.http('GET', `/v1/projects/${projectId}/quotas`);
      return (body['held'] as Json)['vms'] === 0 ? body : undefined;
    });
    expect(quota).toMatchObject({ used: { vms: 0 }, held: { vms: 0, vcpus: 0, memoryMib: 0, diskGib: 0 } });
  }, 120_000);
});
