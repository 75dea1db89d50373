import type { SeenVm } from './invariants/witness';
import { hasPython, until } from './process';
import { Product, type Answer, type Json } from './product';

const withPyvmomi = hasPython('pyVmomi') ? describe : describe.skip;
const withPika = hasPython('pika') && (process.env['AMQP_URL'] ?? '').startsWith('amqp') ? it : it.skip;

const mibOf = (...gib: number[]): number[] => gib.map((one) => one * 1024);

withPyvmomi('a VM that is changed', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.start({ env: { DCM_DEMO_CLONE_DELAY_MS: '1000' } });
  }, 180_000);
  afterAll(() => product.stop(), 60_000);

  const vmOf = async (id: string): Promise<Json> => (await product.http('GET', `/v1/vms/${id}`)).body;

  /** What the vCenter shows of the VM, by another client than ours. */
  const seen = async (id: string): Promise<SeenVm[]> =>
    (await product.marked()).filter(({ instance }) => instance === id);

  const ask = (method: string, path: string, body?: Json, headers = {}): Promise<Answer> =>
    product.http(method, path, { ...(body !== undefined && { body }), headers });

  /** Asks for a change, and follows it to its end. */
  const change = async (method: string, path: string, body?: Json): Promise<Json> => {
    const answer = await ask(method, path, body);
    expect([answer.status, answer.body['code']]).toEqual([202, undefined]);
    return product.finished(String(answer.body['operationId']));
  };

  const create = async (body: Json): Promise<string> => {
    const { vmId, operationId } = await product.createVm({ size: undefined, cpus: 1, memoryMib: 1024, ...body });
    expect(await product.finished(operationId)).toMatchObject({ state: 'succeeded' });
    return vmId;
  };

  it('grows in CPUs, memory and disks while it is off; what cannot be is refused, and changes nothing', async () => {
    const id = await create({ name: 'grow', poweredOn: false, disks: [{ sizeGib: 12 }] });
    const path = `/v1/vms/${id}`;
    const { headers } = await product.http('GET', path);
    const target = { cpus: 2, memoryMib: 2048, disks: [{ sizeGib: 16 }, { sizeGib: 3 }] };
    expect(await change('PATCH', path, target)).toMatchObject({ kind: 'vm.resize', state: 'succeeded' });
    expect(await seen(id)).toMatchObject([{ cpus: 2, memoryMib: 2048, disksMib: mibOf(16, 3), power: 'off' }]);
    expect(await vmOf(id)).toMatchObject({ ...target, lifecycle: 'active' });

    const stale = await ask('PATCH', path, { cpus: 3 }, { 'if-match': headers.get('etag') ?? '' });
    expect([stale.status, stale.body['code']]).toEqual([412, 'PRECONDITION_FAILED']);
    const smaller = await change('PATCH', path, { disks: [{ sizeGib: 8 }, { sizeGib: 3 }] });
    expect(smaller).toMatchObject({
      state: 'rejected',
      error: { code: 'INVALID_REQUEST', details: [{ pointer: '/disks/0/sizeGib' }] },
    });

    expect(await change('POST', `${path}/power`, { action: 'ON' })).toMatchObject({ state: 'succeeded' });
    const hot = await change('PATCH', path, { cpus: 4 });
    expect(hot).toMatchObject({ state: 'failed', error: { code: 'HYPERVISOR_REFUSED' } });
    expect(String((hot['error'] as Json)['message']).length).toBeGreaterThan(20);
    expect(await vmOf(id)).toMatchObject({ cpus: 2, lifecycle: 'active', power: 'on' });
    expect(await seen(id)).toMatchObject([{ cpus: 2, power: 'on' }]);
  }, 60_000);

  it('goes back to a snapshot, and loses nothing when that is removed', async () => {
    const id = await create({ name: 'snap', poweredOn: false });
    const path = `/v1/vms/${id}`;
    expect(await change('POST', `${path}/snapshots`, { name: 'before' })).toMatchObject({ state: 'succeeded' });
    const { body } = await product.http<{ items: Json[] }>('GET', `${path}/snapshots`);
    expect(body.items).toMatchObject([{ name: 'before', isCurrent: true }]);
    const [snapshot] = body.items;
    expect(await seen(id)).toMatchObject([{ snapshots: [{ name: snapshot?.['platformName'], isCurrent: true }] }]);

    expect(await change('PATCH', path, { memoryMib: 2048 })).toMatchObject({ state: 'succeeded' });
    const one = `${path}/snapshots/${String(snapshot?.['id'])}`;
    expect(await change('POST', `${one}/revert`)).toMatchObject({ state: 'succeeded' });
    expect(await seen(id)).toMatchObject([{ memoryMib: 1024 }]);
    await until('the VM is shown as it was', 20_000, async () => (await vmOf(id))['memoryMib'] === 1024 || undefined);

    expect(await change('DELETE', one)).toMatchObject({ state: 'succeeded' });
    expect(await seen(id)).toMatchObject([{ snapshots: [], memoryMib: 1024 }]);
    expect((await product.http('GET', `${path}/snapshots`)).body).toMatchObject({ items: [] });
    expect((await ask('POST', `${one}/revert`)).status).toBe(404);
  }, 60_000);

  it('can be deleted in the middle of its create, with nothing left', async () => {
    const { vmId, operationId } = await product.createVm({ name: 'brief' });
    await until('the create is at work', 20_000, async () => {
      const { body } = await product.http('GET', `/v1/operations/${operationId}`);
      return body['state'] === 'running' || undefined;
    });
    expect(await change('DELETE', `/v1/vms/${vmId}`)).toMatchObject({ kind: 'vm.delete', state: 'succeeded' });
    // A create that was almost done when it was told to stop may still end well; its VM goes all the same.
    expect(['cancelled', 'succeeded']).toContain((await product.finished(operationId))['state']);
    expect(await vmOf(vmId)).toMatchObject({ lifecycle: 'deleted' });
    expect(await seen(vmId)).toEqual([]);
  }, 60_000);

  it('shows its screen to its own tenant while it is on, by an address that is kept nowhere', async () => {
    const id = await create({ name: 'screen', poweredOn: false });
    const path = `/v1/vms/${id}`;
    const off = await ask('POST', `${path}/console`);
    const reason = expect.stringContaining('it is off') as unknown;
    expect([off.status, off.body]).toMatchObject([422, { code: 'HYPERVISOR_REFUSED', detail: reason }]);
    expect(await change('POST', `${path}/power`, { action: 'ON' })).toMatchObject({ state: 'succeeded' });

    const { status, headers, body } = await ask('POST', `${path}/console`);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    const url = new URL(String(body['url']));
    expect(url.protocol).toBe('wss:');
    expect(Date.parse(String(body['expiresAt']))).toBeGreaterThan(Date.now());

    const other = await product.http('POST', '/v1/tenants', {
      body: { name: 'other' },
      token: product.stack.adminToken,
    });
    const grant = { principal: 'stranger', tenantId: other.body['id'], roles: ['tenant-admin'] };
    const { body: access } = await product.http('POST', '/v1/tokens', { body: grant, token: product.stack.adminToken });
    const stranger = await product.http('POST', `${path}/console`, { token: String(access['token']) });
    expect([stranger.status, stranger.body['code']]).toEqual([404, 'NOT_FOUND']);

    const ticket = url.pathname.split('/').at(-1) ?? '';
    expect(ticket.length).toBeGreaterThanOrEqual(16);
    expect(await product.tablesWith(id)).toEqual(expect.arrayContaining(['approvals.vm', 'gateway.resource']));
    expect(await product.tablesWith(ticket)).toEqual([]);
    const logs = product.logs();
    expect([...logs.keys()]).toEqual(expect.arrayContaining(['provisioner-vsphere', 'approvals', 'gateway']));
    expect([...logs].filter(([, text]) => text.includes(ticket)).map(([name]) => name)).toEqual([]);
  }, 60_000);

  it('is looked for when an administrator asks for a scan of its site', async () => {
    const token = product.stack.adminToken;
    const askedAt = new Date().toISOString();
    const answer = await product.http('POST', '/v1/sites/vsphere-demo/scan', { token });
    expect(answer.status).toBe(202);
    const scan = await until('the scan has ended', 30_000, async () => {
      const { body } = await product.http('GET', '/v1/sites/vsphere-demo');
      const found = body['scan'] as Json | null;
      return found !== null && String(found['finishedAt']) >= askedAt ? found : undefined;
    });
    expect(scan).toMatchObject({ missing: 0, isSuspect: false, ours: (await product.marked()).length });
    expect((await product.http('POST', '/v1/sites/vsphere-demo/scan')).status).toBe(403);
  }, 60_000);

  withPika(
    'is changed over AMQP by the same requests',
    async () => {
      const id = await create({ name: 'amqp', poweredOn: false });
      const userId = decodeURIComponent(new URL(product.stack.amqpUrl ?? 'amqp://x@y').username);
      const latestOf = async (): Promise<Json | undefined> => {
        const path = `/v1/operations?vmId=${id}&pageSize=1`;
        return (await product.http<{ items: Json[] }>('GET', path)).body.items[0];
      };
      const send = async (messageId: string, key: string, body: Json): Promise<Json> => {
        const earlier = (await latestOf())?.['id'];
        await product.publish([{ key, messageId, userId, body: JSON.stringify({ vmId: id, ...body }) }]);
        return until(`${messageId} has ended`, 30_000, async () => {
          const latest = await latestOf();
          return latest?.['kind'] === key && latest['done'] === true && latest['id'] !== earlier ? latest : undefined;
        });
      };
      const snapshots = async (): Promise<Json[]> =>
        (await product.http<{ items: Json[] }>('GET', `/v1/vms/${id}/snapshots`)).body.items;
      const { seq } = await vmOf(id);
      const resized = await send('resize-1', 'vm.resize', { cpus: 3, expectedSeq: seq });
      expect(resized).toMatchObject({ state: 'succeeded' });
      expect(await seen(id)).toMatchObject([{ cpus: 3 }]);
      expect(await send('snap-1', 'vm.snapshot.create', { name: 'over amqp', expectedSeq: seq })).toMatchObject({
        state: 'rejected',
        error: { code: 'PRECONDITION_FAILED' },
      });
      expect(await seen(id)).toMatchObject([{ snapshots: [] }]);

      expect(await send('snap-2', 'vm.snapshot.create', { name: 'over amqp' })).toMatchObject({ state: 'succeeded' });
      const [snapshot] = await snapshots();
      const snapshotId = snapshot?.['id'];
      expect(snapshot).toMatchObject({ name: 'over amqp', isCurrent: true });
      expect(await seen(id)).toMatchObject([{ snapshots: [{ name: snapshot?.['platformName'], isCurrent: true }] }]);
      expect(await send('resize-2', 'vm.resize', { cpus: 5 })).toMatchObject({ state: 'succeeded' });
      expect(await seen(id)).toMatchObject([{ cpus: 5 }]);
      expect(await send('revert-1', 'vm.snapshot.revert', { snapshotId })).toMatchObject({ state: 'succeeded' });
      expect(await seen(id)).toMatchObject([{ cpus: 3, snapshots: [{ isCurrent: true }] }]);
      expect(await send('remove-1', 'vm.snapshot.remove', { snapshotId })).toMatchObject({ state: 'succeeded' });
      expect(await seen(id)).toMatchObject([{ cpus: 3, snapshots: [] }]);
      expect(await snapshots()).toEqual([]);
    },
    60_000,
  );
});
