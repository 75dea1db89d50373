import type { AdminActor, AskedRequest, Operation, OperationId } from '@dcm/contracts';
import { createSealingKey, newId, vmIdOf } from '@dcm/runtime';
import { OperationsStand, type Home } from './operations-stand';
import { anError } from './scene.builder';

jest.setTimeout(30_000);

describe('a request that is asked once more', () => {
  let stand: OperationsStand;
  let home: Home;
  let dave: AdminActor;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home({ sealingKey: createSealingKey().publicKey });
    dave = { principal: 'dave', tenantId: home.tenantId, roles: ['developer'] };
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  const asked = (operationId: OperationId, actor = dave): Promise<AskedRequest> =>
    stand.call('admin.operation.asked', { operationId }, actor);
  /** As the gateway does. */
  const again = async (id: OperationId, change: object = {}): Promise<OperationId> => {
    const { kind, data } = await asked(id);
    return stand.ask(home, `io.dcm.${kind}.v1`, { ...data, ...change, resubmits: id }, { principal: 'erin' });
  };
  const failing = async (ask: () => Promise<OperationId>): Promise<{ id: OperationId; before: Operation }> => {
    const { act } = home.provisioner;
    home.provisioner.act = async (command) => {
      await home.provisioner.ask('claim', command);
      await home.provisioner.fail(command, anError('INVALID_SPEC'));
    };
    const id = await ask();
    const before = await stand.until(id, 'failed');
    home.provisioner.act = act;
    return { id, before };
  };

  it('makes another VM under the same name, for whoever asks now, and leaves the old operation alone', async () => {
    const { id, before } = await failing(() => stand.create(home, { name: 'web-01', labels: { env: 'prod' } }));
    const next = await again(id);
    const operation = await stand.until(next, 'succeeded');
    expect(operation).toMatchObject({ resubmits: id, requester: 'erin', kind: 'vm.create' });
    expect(await stand.vm(next)).toMatchObject({ name: 'web-01', labels: { env: 'prod' }, lifecycle: 'active' });
    expect(await stand.operation(id)).toEqual(before);
    // It succeeded now, so the first one has been answered; yet its name is what stands in the way of a third.
    expect(await stand.until(await again(id), 'rejected')).toMatchObject({
      error: { code: 'CONFLICT', details: [{ pointer: '/name' }] },
    });
  });

  it('is judged anew: what was too much for the quota goes through once it is raised', async () => {
    const limits = (vms: number) =>
      stand.call('admin.quota.set', { scope: 'project', id: home.projectId, limits: { vms } });
    await limits(0);
    const id = await stand.create(home);
    expect(await stand.until(id, 'rejected')).toMatchObject({ error: { code: 'QUOTA_EXCEEDED' } });
    expect(await stand.until(await again(id), 'rejected')).toMatchObject({ error: { code: 'QUOTA_EXCEEDED' } });
    await limits(1);
    expect(await stand.until(await again(id), 'succeeded')).toMatchObject({ resubmits: id });
  });

  it('keeps no guest secret, and names each', async () => {
    const guest = { hostname: 'web', userData: 'hunter2', adminPassword: 'hunter2' };
    const { id } = await failing(() => stand.create(home, { guest }));
    expect(await asked(id)).toMatchObject({
      data: { guest: { hostname: 'web' } },
      secrets: ['/guest/userData', '/guest/adminPassword'],
    });
    const kept = await stand.rows<{ text: string }>(
      'SELECT data::text || secrets::text AS text FROM approvals.request',
    );
    expect(kept.length).toBeGreaterThan(0);
    expect(JSON.stringify(kept)).not.toMatch(/hunter2|sealed:/);
  });

  it('works for each change of a VM, on the same VM', async () => {
    const create = await stand.create(home);
    await stand.until(create, 'succeeded');
    const doors: (() => Promise<OperationId>)[] = [
      () => stand.power(home, create),
      () => stand.resize(home, create, { cpus: 3 }),
      () => stand.snapshot(home, create, 'create', { name: 'before', memory: false }),
      () => stand.delete(home, create),
    ];
    for (const door of doors) {
      const { id } = await failing(door);
      const next = await again(id);
      expect(await stand.until(next, 'succeeded')).toMatchObject({ resubmits: id, vmId: vmIdOf(create) });
    }
    expect(await stand.vm(create)).toMatchObject({ lifecycle: 'deleted', cpus: 3 });
  });

  it('is nobody’s business who could not have asked, nor once it succeeded', async () => {
    const { id } = await failing(() => stand.create(home));
    const neighbour = await stand.neighbour(home);
    await expect(asked(id, { ...dave, tenantId: neighbour.tenantId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(asked(id, { ...dave, roles: ['auditor'] })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(asked(newId() as OperationId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const next = await again(id);
    await stand.until(next, 'succeeded');
    await expect(asked(next)).rejects.toMatchObject({ code: 'CONFLICT', message: /it succeeded/ });
  });

  it('cannot be claimed for an operation that it does not repeat', async () => {
    const create = await stand.create(home);
    await stand.until(create, 'succeeded');
    const vm = { vmId: vmIdOf(create), power: { action: 'ON' }, resubmits: create };
    const id = await stand.ask(home, 'io.dcm.vm.power.v1', vm);
    expect(await stand.until(id, 'rejected')).toMatchObject({
      error: { code: 'CONFLICT', details: [{ pointer: '/resubmits', message: 'it succeeded' }] },
    });
    const other = await stand.create(home, { resubmits: newId() } as object);
    expect(await stand.until(other, 'rejected')).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });
});
