import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TcpFaultProxy } from '../sims/faults/faults';
import { startVcsim } from '../sims/vcsim/vcsim';
import { hasPython, until } from './process';
import { Product, type Json } from './product';

const withPyvmomi = hasPython('pyVmomi') ? describe : describe.skip;

withPyvmomi('a vCenter that others change, and that goes away', () => {
  let proxy: TcpFaultProxy;
  let product: Product;
  const stops: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    const vcsim = await startVcsim({ vms: 2 });
    stops.push(() => vcsim.stop());
    proxy = await TcpFaultProxy.listen({ target: vcsim.url });
    stops.push(() => proxy.close());
    const folder = mkdtempSync(join(tmpdir(), 'dcm-e2e-ca-'));
    stops.push(() => rm(folder, { recursive: true, force: true }));
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, vcsim.ca ?? '');
    const { username, password } = vcsim;
    product = await Product.start({
      env: { VCSIM_URL: proxy.url, VCSIM_USERNAME: username, VCSIM_PASSWORD: password, VCSIM_CA: ca },
    });
    stops.push(() => product.stop());
  }, 180_000);
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  }, 60_000);

  const vmOf = async (id: string): Promise<Json> => (await product.http('GET', `/v1/vms/${id}`)).body;
  const operationOf = async (id: string): Promise<Json> => (await product.http('GET', `/v1/operations/${id}`)).body;
  const inSync = async (id: string): Promise<Json | undefined> =>
    ((await vmOf(id))['conditions'] as Json[]).find(({ type }) => type === 'InSync');
  const held = async (): Promise<Json> =>
    (await product.http('GET', `/v1/projects/${product.projectId}/quotas`)).body['used'] as Json;

  const create = async (name: string): Promise<string> => {
    const { vmId, operationId } = await product.createVm({ name, poweredOn: false });
    expect(await product.finished(operationId)).toMatchObject({ state: 'succeeded' });
    return vmId;
  };

  /** Has the site scanned, and waits until that is over. */
  const scan = async (): Promise<Json> => {
    const token = product.stack.adminToken;
    const askedAt = new Date().toISOString();
    expect((await product.http('POST', '/v1/sites/vsphere-demo/scan', { token })).status).toBe(202);
    return until('the scan has ended', 20_000, async () => {
      const found = (await product.http('GET', '/v1/sites/vsphere-demo')).body['scan'] as Json | null;
      return found !== null && String(found['finishedAt']) >= askedAt ? found : undefined;
    });
  };

  it('shows a VM that a hand has changed as not in sync, without a scan', async () => {
    const id = await create('changed');
    await until('it is in sync', 20_000, async () => ((await inSync(id))?.['status'] === 'true' ? true : undefined));
    await product.byHand('cpus', id, 3);
    const condition = await until('it is not in sync', 20_000, async () => {
      const found = await inSync(id);
      return found?.['status'] === 'false' ? found : undefined;
    });
    expect(condition).toMatchObject({ reason: 'CpusDiffer' });
    expect(await vmOf(id)).toMatchObject({ cpus: 1, presence: 'present', lifecycle: 'active' });
  }, 60_000);

  it('misses a VM that a hand has destroyed after two scans, and holds its quota until it is deleted', async () => {
    const { items } = (await product.http<{ items: Json[] }>('GET', '/v1/vms')).body;
    const active = items.filter(({ lifecycle }) => lifecycle === 'active').length;
    // Usage is told a moment after it changed.
    const before = await until('what was made before is told', 20_000, async () => {
      const told = await held();
      return told['vms'] === active ? told : undefined;
    });
    const id = await create('gone');
    await until('its quota is used', 20_000, async () =>
      (await held())['vms'] === Number(before['vms']) + 1 ? true : undefined,
    );
    await product.byHand('destroy', id);
    expect(await scan()).toMatchObject({ missing: 1, isSuspect: false });
    await scan();
    await until('it is missing', 20_000, async () => ((await vmOf(id))['presence'] === 'missing' ? true : undefined));
    expect(await inSync(id)).toMatchObject({ status: 'false', reason: 'Missing' });
    expect(await held()).toMatchObject({ vms: Number(before['vms']) + 1 });

    const { status, body } = await product.http('DELETE', `/v1/vms/${id}`);
    expect(status).toBe(202);
    expect(await product.finished(String(body['operationId']))).toMatchObject({
      kind: 'vm.delete',
      state: 'succeeded',
    });
    expect(await vmOf(id)).toMatchObject({ lifecycle: 'deleted' });
    await until('its quota is free', 20_000, async () => ((await held())['vms'] === before['vms'] ? true : undefined));
  }, 60_000);

  it('is tried again when somebody says so, not when the pause is over', async () => {
    const id = await create('paused');
    const outage = proxy.shutOut();
    const asked = await product.http('POST', `/v1/vms/${id}/power`, { body: { action: 'ON' } });
    const power = String(asked.body['operationId']);
    const retry = (one: string) => product.http('POST', `/v1/operations/${one}/retry`);

    /** What it waits for once it was tried in vain, and until when. */
    const waitOf = async (one: string): Promise<number | undefined> => {
      const { state, waitingFor } = await operationOf(one);
      const { kind, detail, until: end } = (waitingFor ?? {}) as Json;
      const isTried = state !== 'accepted' && ['site', 'retry', 'plan'].includes(String(kind));
      return isTried && String(detail).includes('no answer') ? Date.parse(String(end)) : undefined;
    };
    // Each try that fails makes the pause longer: 5, 10, 20 seconds.
    const powerEnd = await until('the pause is long', 40_000, async () => {
      const end = await waitOf(power);
      if (end === undefined || end - Date.now() > 15_000) return end;
      expect((await retry(power)).status).toBe(200);
      return undefined;
    });
    const { operationId: creation } = await product.createVm({ name: 'meanwhile', poweredOn: false });
    const creationEnd = await until('the create waits', 20_000, () => waitOf(creation));

    outage.remove();
    for (const [operation, end] of [
      [power, powerEnd],
      [creation, creationEnd],
    ] as const) {
      const answer = await retry(operation);
      expect([answer.status, answer.body['code']]).toEqual([200, undefined]);
      expect(await product.finished(operation)).toMatchObject({ state: 'succeeded' });
      expect(end - Date.now()).toBeGreaterThan(0);
    }

    const late = await retry(power);
    expect([late.status, late.body['code']]).toEqual([409, 'CONFLICT']);
  }, 90_000);
});
