import { HypervisorError, type HypervisorPort, type StatusesCommand, type VmRef } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { eventually } from '../src/testing/expectations';
import { ReferenceAdapter } from '../src/testing/reference/reference.adapter';
import type { ReferenceHypervisor } from '../src/testing/reference/reference-hypervisor';
import { brokersHere, openRoom, type Room } from './room';
import { Scene } from './scene';

jest.setTimeout(60_000);

describe.each(brokersHere())('a provisioner that is asked, on the %s broker', (kind) => {
  let room: Room;
  let scene: Scene;

  beforeAll(() => {
    room = openRoom(kind);
  });

  afterAll(() => {
    room.close();
  });

  const open = async (hypervisor?: ReferenceHypervisor): Promise<Scene> => {
    scene = await Scene.open(room.url, hypervisor);
    return scene;
  };

  afterEach(() => scene.close());

  it('announces its sites with description, health, sealing key and limit', async () => {
    const { approvals } = await open();
    const { worker } = await scene.provisioner();
    expect(await approvals.hears('io.dcm.fact.announced.v1')).toMatchObject({
      site: scene.site,
      platform: 'reference',
      worker,
      description: { product: 'Reference hypervisor' },
      health: { reachable: true, loggedIn: true },
      sealingKey: expect.stringMatching(/^[A-Za-z0-9+/=]{40,}$/) as string,
      maxConcurrent: 4,
    });
  });

  it('announces a site that it cannot log in to, with the reason', async () => {
    await open();
    await scene.provisioner({}, () => new ReferenceAdapter(scene.hypervisor, { password: 'wrong' }));
    const { health } = await scene.approvals.hears('io.dcm.fact.announced.v1');
    expect(health).toMatchObject({ reachable: true, loggedIn: false });
    expect(health.detail).toMatch(/wrong user name or password/);
  });

  it('opens a console for whoever asks', async () => {
    const { approvals } = await open();
    const url = 'wss://host.example/ticket';
    const expiresAt = '2026-01-01T12:00:00.000Z';
    const { ownership } = scene.aProvision();
    const asked = { requestId: newId(), site: scene.site, ownership, nativeIds: ['vm-1'] };
    await scene.provisioner({}, () =>
      Object.assign(new ReferenceAdapter(scene.hypervisor), {
        console: { openConsole: ({ nativeId }: VmRef) => Promise.resolve({ url: `${url}/${nativeId}`, expiresAt }) },
      }),
    );
    expect(await approvals.console(asked)).toEqual({ ok: true, value: { url: `${url}/vm-1`, expiresAt } });
  });

  it('has no console where the platform has none', async () => {
    const { approvals } = await open();
    await scene.provisioner({}, () => Object.assign(new ReferenceAdapter(scene.hypervisor), { console: undefined }));
    const { ownership } = scene.aProvision();
    const asked = { requestId: newId(), site: scene.site, ownership, nativeIds: ['vm-1'] };
    expect(await approvals.console(asked)).toMatchObject({
      ok: false,
      error: { reason: 'UNSUPPORTED', effect: 'NONE' },
    });
  });

  it('says what a VM would be to whoever asks, and to nobody else', async () => {
    const { approvals } = await open();
    await scene.provisioner();
    const { spec } = scene.aProvision().vm;
    const ask = (name: string): Promise<unknown> =>
      approvals.quote({ requestId: newId(), site: scene.site, spec: { ...spec, image: { name, source: name } } });
    const { source } = spec.image ?? { source: '' };
    expect(await ask(source)).toMatchObject({ ok: true, value: { image: { name: source } } });
    expect(await ask('nowhere')).toMatchObject({ ok: true, value: { diagnostics: [{ severity: 'error' }] } });
    expect(approvals.of('io.dcm.fact.planned.v1')).toEqual([]);
  });

  it('answers plan, status, inventory and discovery', async () => {
    const { approvals } = await open();
    await scene.provisioner();
    const create = scene.aProvision();
    const { instanceId, ownership, operationId } = create;
    const { spec } = create.vm;
    await approvals.command('io.dcm.command.plan.v1', { requestId: newId(), site: scene.site, operationId, spec });
    expect(await approvals.hears('io.dcm.fact.planned.v1')).toMatchObject({
      operationId,
      result: { ok: true, plan: { diagnostics: [], image: { nativeId: 'image-1' } } },
    });

    const status = { requestId: 'before', site: scene.site, instanceId, ownership, nativeIds: [], instanceNumber: 1 };
    await approvals.command('io.dcm.command.status.v1', status);
    expect(await approvals.hears('io.dcm.fact.observed.v1')).toMatchObject({ statuses: [], error: null });
    await approvals.command('io.dcm.command.provision.v1', create);
    await approvals.end(operationId);
    await approvals.command('io.dcm.command.status.v1', { ...status, requestId: 'after' });
    expect(await approvals.hears('io.dcm.fact.observed.v1', ({ requestId }) => requestId === 'after')).toMatchObject({
      instanceId,
      statuses: [{ power: 'on', ownership }],
    });

    await approvals.command('io.dcm.command.inventory.v1', { requestId: newId(), site: scene.site });
    expect(await approvals.hears('io.dcm.fact.inventory.v1')).toMatchObject({
      pools: [{ name: 'node-1' }],
      health: { loggedIn: true },
      error: null,
    });

    for (const name of ['a', 'b']) {
      scene.hypervisor.insert({ uuid: name, name, mark: null, cpus: 1, memoryMib: 1, disksGib: [1] });
    }
    await approvals.command('io.dcm.command.discover.v1', {
      requestId: newId(),
      site: scene.site,
      scanId: 'scan',
      pageSize: 2,
    });
    await approvals.hears('io.dcm.fact.discovery.v1', ({ complete }) => complete);
    const pages = approvals.of('io.dcm.fact.discovery.v1');
    expect(pages.map(({ page, rows, complete }) => [page, rows.length, complete])).toEqual([
      [0, 2, false],
      [1, 1, true],
    ]);
  });

  describe('several looks in one command', () => {
    const looksOf = (count: number): StatusesCommand['looks'] =>
      Array.from({ length: count }, (_, n) => {
        const { instanceId, ownership } = scene.aProvision();
        return { requestId: `r${n}`, instanceId, ownership, nativeIds: [], instanceNumber: n };
      });

    it('are announced, and answered each, seen or not', async () => {
      const { approvals } = await open();
      await scene.provisioner();
      expect(await approvals.hears('io.dcm.fact.announced.v1')).toMatchObject({ looksAtOnce: 50 });
      const create = scene.aProvision();
      await approvals.command('io.dcm.command.provision.v1', create);
      await approvals.end(create.operationId);
      const { instanceId, ownership } = create;
      const there = { requestId: 'there', instanceId, ownership, nativeIds: [], instanceNumber: 1 };
      await approvals.looks([...looksOf(20), there]);
      const { answers } = await approvals.hears('io.dcm.fact.statuses.v1');
      expect(answers).toHaveLength(21);
      expect(answers.filter(({ statuses }) => statuses.length > 0)).toMatchObject([
        { requestId: 'there', instanceId, statuses: [{ ownership }], error: null },
      ]);
    });

    it('are not all begun on a site that is in trouble', async () => {
      const { approvals } = await open();
      let begun = 0;
      await scene.provisioner({}, () =>
        Object.assign(new ReferenceAdapter(scene.hypervisor), {
          findVm: () => {
            begun += 1;
            return Promise.reject(new HypervisorError('SITE_OVERLOADED', 'Unable to find: busy', { effect: 'NONE' }));
          },
        }),
      );
      await approvals.looks(looksOf(50));
      const { answers } = await approvals.hears('io.dcm.fact.statuses.v1');
      expect(answers.map(({ error }) => error?.reason)).toEqual(Array.from({ length: 50 }, () => 'SITE_OVERLOADED'));
      expect(begun).toBeLessThan(50);
    });

    it('of which one fails have the others answered', async () => {
      const { approvals } = await open();
      const looks = looksOf(9);
      await scene.provisioner({}, () =>
        Object.assign(new ReferenceAdapter(scene.hypervisor), {
          findVm: ({ instance }: { instance: string }) =>
            instance === looks[0]?.instanceId
              ? Promise.reject(new HypervisorError('MISSING_PRIVILEGE', 'Unable to find: no', { effect: 'NONE' }))
              : Promise.resolve([]),
        }),
      );
      await approvals.looks(looks);
      const { answers } = await approvals.hears('io.dcm.fact.statuses.v1');
      expect(answers.filter(({ error }) => error !== null)).toMatchObject([{ requestId: 'r0' }]);
      expect(answers).toHaveLength(9);
    });
  });

  it('answers a read with the error of its platform', async () => {
    const { approvals } = await open();
    await scene.provisioner();
    await approvals.hears('io.dcm.fact.announced.v1');
    scene.hypervisor.isUnavailable = true;
    const { operationId, vm, instanceId, ownership } = scene.aProvision();
    const overloaded = { reason: 'SITE_OVERLOADED', effect: 'NONE' };
    await approvals.command('io.dcm.command.plan.v1', {
      requestId: newId(),
      site: scene.site,
      operationId,
      spec: vm.spec,
    });
    expect(await approvals.hears('io.dcm.fact.planned.v1')).toMatchObject({ result: { ok: false, error: overloaded } });
    const status = { requestId: newId(), site: scene.site, instanceId, ownership, nativeIds: [], instanceNumber: 1 };
    await approvals.command('io.dcm.command.status.v1', status);
    expect(await approvals.hears('io.dcm.fact.observed.v1')).toMatchObject({ statuses: [], error: overloaded });
    await approvals.command('io.dcm.command.discover.v1', {
      requestId: newId(),
      site: scene.site,
      scanId: 'scan',
      pageSize: 2,
    });
    expect(await approvals.hears('io.dcm.fact.discovery.v1')).toMatchObject({ complete: false, error: overloaded });
  });

  it('tells which VMs changed on the platform, also to a second replica', async () => {
    const { approvals } = await open();
    const adapter = (): HypervisorPort =>
      Object.assign(new ReferenceAdapter(scene.hypervisor), {
        changes: {
          changes: async function* (signal: AbortSignal) {
            yield [{ nativeId: 'vm-1' }, { nativeId: 'vm-2' }];
            await new Promise((resolve) => {
              signal.addEventListener('abort', resolve);
            });
          },
        },
      });
    await scene.provisioner({}, adapter);
    await scene.provisioner({}, adapter);
    const both = () => approvals.of('io.dcm.fact.noticed.v1').length === 2;
    await eventually(() => Promise.resolve(both()), 'both replicas to tell');
    for (const { nativeIds } of approvals.of('io.dcm.fact.noticed.v1')) expect(nativeIds).toEqual(['vm-1', 'vm-2']);
  });
});
