import type { Operation, Vm } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { newId } from '@dcm/runtime';
import { aTenant, aVm, anOperation } from './docs';
import { aBody, Scene, type TestTenant } from './scene';

jest.setTimeout(60_000);

describe('the read model', () => {
  let scene: Scene;
  let tenant: TestTenant;
  beforeEach(async () => {
    scene = await Scene.open();
    tenant = await scene.tenant();
  });
  afterEach(() => scene.close());

  const readVm = async (id: string): Promise<Vm> =>
    (await scene.call<Vm>('getVm', { token: tenant.token, params: { id } })).body;
  const vmOf = (change = {}): Vm => aVm({ tenantId: tenant.id, projectId: tenant.projectId, ...change });

  it('ends in the same state whatever the order and however often events come', async () => {
    const vms = [vmOf(), vmOf(), vmOf()];
    const changes = Array.from({ length: 60 }, (_, index) => {
      const vm = vms[index % 3]!;
      return scene.approvals.write('vm', vm.id, { ...vm, name: `web-${index}` });
    });
    const shuffled = [...changes, ...changes].sort(() => Math.random() - 0.5);
    await Promise.all(shuffled.map((change) => scene.approvals.publish(change)));
    await scene.projected();
    const shown = await Promise.all(vms.map((vm) => readVm(vm.id)));
    expect(shown.map(({ name, seq }) => [name, seq])).toEqual([
      ['web-57', 20],
      ['web-58', 20],
      ['web-59', 20],
    ]);
  });

  it('takes many rows in a page, and a row alone, as an earlier version sends it', async () => {
    scene.approvals.answer('journal.read', () => ({ rows: 'nothing can be pulled' }));
    const vms = Array.from({ length: 150 }, () => vmOf());
    const rows = vms.map((vm) => scene.approvals.write('vm', vm.id, vm));
    await scene.approvals.publish(...rows.slice(1));
    await scene.approvals.publishEvent(rows[0]!);
    await scene.projected();
    expect((await readVm(vms[0]!.id)).id).toBe(vms[0]!.id);
    expect((await readVm(vms[149]!.id)).id).toBe(vms[149]!.id);
  });

  it('keeps the newer state when an older one comes later', async () => {
    const vm = vmOf();
    const older = scene.approvals.write('vm', vm.id, { ...vm, name: 'older' });
    await scene.approvals.change('vm', vm.id, { ...vm, name: 'newer' });
    await scene.projected();
    await scene.approvals.publish(older);
    await scene.approvals.change('tenant', newId(), aTenant());
    await scene.projected();
    expect(await readVm(vm.id)).toMatchObject({ name: 'newer', seq: 2 });
  });

  it('pulls from the journal what lies in a gap, without waiting for its next look', async () => {
    await scene.stopGateway();
    await scene.startGateway({ DCM_CATCH_UP_MS: '3600000' });
    const vm = vmOf();
    const lost = scene.approvals.write('vm', vm.id, vm);
    await scene.approvals.change('tenant', newId(), aTenant());
    await scene.projected();
    expect(lost.position).toBe(scene.approvals.journal.length - 1);
    expect((await readVm(vm.id)).id).toBe(vm.id);
  });

  it('finds out that the last events were lost, though no gap shows it', async () => {
    const vm = vmOf();
    scene.approvals.write('vm', vm.id, vm);
    await scene.projected();
    expect((await readVm(vm.id)).id).toBe(vm.id);
  });

  it('catches up in pages after it was away', async () => {
    await scene.stopGateway();
    const vm = vmOf();
    for (let index = 1; index <= 1_234; index++) scene.approvals.write('vm', vm.id, { ...vm, name: `web-${index}` });
    await scene.startGateway();
    await scene.projected();
    expect((await readVm(vm.id)).name).toBe('web-1234');
  });

  it('is shared by two replicas without a loss', async () => {
    await scene.startGateway();
    const vms = Array.from({ length: 200 }, () => vmOf());
    await scene.approvals.publish(...vms.map((vm) => scene.approvals.write('vm', vm.id, vm)));
    await scene.projected();
    expect(await scene.count('resource', `kind = 'vm'`)).toBe(200);
  });

  it('sends a message that is no event to the dead letters, and goes on', async () => {
    await scene.approvals.publish({ position: 0, noun: 'vm' } as never);
    await scene.approvals.change('tenant', newId(), aTenant());
    await scene.projected();
  });

  it('makes the projection wait, not fail, while the journal cannot be read', async () => {
    const vm = vmOf();
    const lost = scene.approvals.write('vm', vm.id, vm);
    let isAway = true;
    scene.approvals.answer('journal.read', ({ afterPosition, limit }) => {
      if (isAway) return { rows: 'broken' };
      const after = Number(afterPosition);
      return {
        rows: scene.approvals.journal.slice(after, after + Number(limit)),
        head: scene.approvals.journal.length,
      };
    });
    await scene.approvals.change('tenant', newId(), aTenant());
    await waitUntil(async () => (await scene.watermark()) === lost.position - 1, 'a watermark before the gap');
    isAway = false;
    await scene.projected();
  });
});

describe('a request that no event confirms', () => {
  it('is sent again until one does, and then no more', async () => {
    const scene = await Scene.open({ DCM_RESEND_MS: '100' });
    try {
      const tenant = await scene.tenant();
      const { body: vm } = await scene.call<Vm>('createVm', { token: tenant.token, body: aBody(tenant.projectId) });
      const copies = (): unknown[] => scene.approvals.requests.filter((request) => request.id === vm.operationId);
      await waitUntil(() => copies().length >= 3, 'three copies');
      expect(new Set(copies().map((copy) => JSON.stringify(copy))).size).toBe(1);
      const place = { id: vm.operationId, tenantId: tenant.id, projectId: tenant.projectId, vmId: vm.id };
      await scene.approvals.change('operation', vm.operationId, anOperation(place));
      await scene.projected();
      await waitUntil(async () => (await scene.count('outbox')) === 0, 'an empty outbox');
      expect(await scene.count('request', `status = 'pending'`)).toBe(0);
      const read = await scene.call<Operation>('getOperation', { token: tenant.token, params: { id: vm.operationId } });
      expect(read.body.seq).toBe(1);
    } finally {
      await scene.close();
    }
  });
});
