import { type HypervisorPort } from '@dcm/contracts';
import { seal } from '@dcm/runtime';
import { ReferenceAdapter } from '../src/testing/reference/reference.adapter';
import { ReferenceHypervisor } from '../src/testing/reference/reference-hypervisor';
import { brokersHere, openRoom, type Room } from './room';
import { Scene } from './scene';

jest.setTimeout(60_000);

describe.each(brokersHere())('a provisioner, on the %s broker', (kind) => {
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

  it('creates, switches off and deletes a VM, and tells how each ended', async () => {
    const { approvals } = await open();
    await scene.provisioner();
    const create = scene.aProvision();
    await approvals.command('io.dcm.command.provision.v1', create);
    const created = await approvals.end(create.operationId);
    expect(created).toMatchObject({
      type: 'io.dcm.fact.succeeded.v1',
      data: { attempt: 1, instanceId: create.instanceId, outcome: 'created', status: { power: 'on' } },
    });
    expect(scene.names()).toEqual([create.vm.spec.platformName]);
    const nativeIds = created.type === 'io.dcm.fact.succeeded.v1' ? [created.data.status!.nativeId] : [];
    const { instanceId, ownership } = create;

    const power = scene.aCommand({ instanceId, ownership, nativeIds });
    await approvals.command('io.dcm.command.power.v1', { ...power, action: { action: 'OFF', mode: 'HARD' } });
    expect(await approvals.end(power.operationId)).toMatchObject({
      data: { outcome: 'changed', status: { power: 'off' } },
    });

    const resize = scene.aCommand({ instanceId, ownership, nativeIds });
    await approvals.command('io.dcm.command.reconfigure.v1', { ...resize, target: { cpus: 4 } });
    expect(await approvals.end(resize.operationId)).toMatchObject({
      data: { outcome: 'changed', status: { cpus: 4 } },
    });

    const remove = scene.aCommand({ instanceId, ownership, nativeIds });
    await approvals.command('io.dcm.command.delete.v1', remove);
    expect(await approvals.end(remove.operationId)).toMatchObject({ data: { outcome: 'deleted', status: null } });
    expect(scene.names()).toEqual([]);

    const again = scene.aCommand({ instanceId, ownership, nativeIds });
    await approvals.command('io.dcm.command.delete.v1', again);
    expect(await approvals.end(again.operationId)).toMatchObject({ data: { outcome: 'absent' } });
    expect(approvals.claims.map((claim) => claim.operationId)).toEqual(
      [create, power, resize, remove, again].map((command) => command.operationId),
    );
  });

  it('tells progress with rising percent before the end', async () => {
    const { approvals } = await open(new ReferenceHypervisor({ createMs: 1_600 }));
    await scene.provisioner();
    const create = scene.aProvision();
    await approvals.command('io.dcm.command.provision.v1', create);
    await approvals.end(create.operationId);
    const steps = approvals.of('io.dcm.fact.progress.v1');
    expect(steps.map(({ step }) => step)).toContain('creating the VM');
    expect(steps.every(({ percent }, index) => percent >= (steps[index - 1]?.percent ?? 0))).toBe(true);
  });

  it('refuses to delete what bears another mark', async () => {
    const { approvals } = await open();
    await scene.provisioner();
    const [stranger] = [
      scene.hypervisor.insert({ uuid: 'u', name: 'stranger', mark: null, cpus: 1, memoryMib: 1, disksGib: [1] }),
    ];
    const remove = scene.aCommand({ nativeIds: [stranger.nativeId] });
    await approvals.command('io.dcm.command.delete.v1', remove);
    expect(await approvals.end(remove.operationId)).toMatchObject({
      data: { error: { reason: 'NOT_OURS', effect: 'NONE' } },
    });
    expect(scene.names()).toEqual(['stranger']);
  });

  it('opens the user data that was sealed for its site, and tells it to nobody else', async () => {
    const { approvals } = await open();
    const seen: unknown[] = [];
    class Curious extends ReferenceAdapter {
      override provisionVm(
        ...args: Parameters<HypervisorPort['provisionVm']>
      ): ReturnType<HypervisorPort['provisionVm']> {
        seen.push(args[0].spec.guest.userData);
        return super.provisionVm(...args);
      }
    }
    await scene.provisioner({}, () => new Curious(scene.hypervisor));
    const { sealingKey } = await approvals.hears('io.dcm.fact.announced.v1');
    const create = scene.aProvision();
    create.vm.spec.guest.userData = seal(sealingKey, 'a secret', create.instanceId);
    await approvals.command('io.dcm.command.provision.v1', create);
    await approvals.end(create.operationId);
    expect(seen).toEqual(['a secret']);
    expect(JSON.stringify(approvals.facts)).not.toContain('a secret');

    const other = scene.aProvision();
    other.vm.spec.guest.userData = create.vm.spec.guest.userData;
    await approvals.command('io.dcm.command.provision.v1', other);
    expect(await approvals.end(other.operationId)).toMatchObject({
      data: { error: { reason: 'INVALID_SPEC', effect: 'NONE' } },
    });
    expect(seen).toHaveLength(1);
  });

  it('answers health and metrics', async () => {
    const { approvals } = await open();
    const { port } = await scene.provisioner();
    const create = scene.aProvision();
    await approvals.command('io.dcm.command.provision.v1', create);
    await approvals.end(create.operationId);
    await approvals.hears('io.dcm.fact.announced.v1');
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
    expect(await ready.json()).toEqual({ status: 'ok', checks: { broker: 'ok' } });
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain(
      `dcm_provisioner_operations_total{site="${scene.site}",kind="provision",outcome="succeeded"} 1`,
    );
    expect(metrics).toContain(`dcm_provisioner_site_up{site="${scene.site}"} 1`);
    expect(metrics).not.toContain(create.instanceId);
  });
});
