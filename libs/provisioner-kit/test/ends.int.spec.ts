import {
  HypervisorError,
  OperationYielded,
  type HypervisorPort,
  type OperationContext,
  siteNameSchema,
  type MutationType,
} from '@dcm/contracts';
import { eventually } from '../src/testing/expectations';
import { ReferenceAdapter } from '../src/testing/reference/reference.adapter';
import { ReferenceHypervisor } from '../src/testing/reference/reference-hypervisor';
import { brokersHere, openRoom, type Room } from './room';
import { Scene } from './scene';

jest.setTimeout(60_000);

describe.each(brokersHere())('a provisioner in trouble, on the %s broker', (kind) => {
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

  it.each([
    ['a type that is no command', 'io.dcm.command.reboot.v1', {}],
    ['a command without its fields', 'io.dcm.command.power.v1', {}],
    ['a command for another site', 'io.dcm.command.delete.v1', { site: siteNameSchema.parse('elsewhere') }],
  ])('lets %s die alone, with its reason', async (_case, type, overrides) => {
    const { approvals } = await open();
    await scene.provisioner();
    await approvals.command(type as MutationType, scene.aCommand(overrides));
    const letters = await approvals.deadLetters();
    await eventually(() => Promise.resolve(letters.length === 1), 'one dead letter');
    expect(letters[0]!.message.headers['x-dcm-reason']).toBe('INVALID_REQUEST');
    expect(approvals.claims).toEqual([]);
    const after = scene.aProvision();
    await approvals.command('io.dcm.command.provision.v1', after);
    expect(await approvals.end(after.operationId)).toMatchObject({ type: 'io.dcm.fact.succeeded.v1' });
  });

  it('tells that its work goes on in another message', async () => {
    const { approvals } = await open();
    class Slow extends ReferenceAdapter {
      override provisionVm(
        vm: Parameters<HypervisorPort['provisionVm']>[0],
        ctx: OperationContext,
      ): ReturnType<HypervisorPort['provisionVm']> {
        if (ctx.resume === undefined) return Promise.reject(new OperationYielded('task-7'));
        return super.provisionVm(vm, ctx);
      }
    }
    await scene.provisioner({}, () => new Slow(scene.hypervisor));
    const create = scene.aProvision();
    await approvals.command('io.dcm.command.provision.v1', create);
    expect(await approvals.end(create.operationId)).toMatchObject({
      type: 'io.dcm.fact.yielded.v1',
      data: { resume: 'task-7' },
    });
    await approvals.command('io.dcm.command.provision.v1', { ...create, attempt: 2, resume: 'task-7' });
    expect(await approvals.hears('io.dcm.fact.succeeded.v1')).toMatchObject({ attempt: 2, outcome: 'created' });
  });

  it('tells a platform error with its effect, and a defect as an unknown outcome', async () => {
    const { approvals } = await open();
    const errors = [new HypervisorError('STORAGE_FULL', 'full', { effect: 'NONE' }), new TypeError('password=hunter2')];
    class Broken extends ReferenceAdapter {
      override provisionVm(): ReturnType<HypervisorPort['provisionVm']> {
        return Promise.reject(errors.shift() ?? new Error('no more'));
      }
    }
    await scene.provisioner({}, () => new Broken(scene.hypervisor));
    const full = scene.aProvision();
    await approvals.command('io.dcm.command.provision.v1', full);
    expect(await approvals.end(full.operationId)).toMatchObject({
      data: { error: { reason: 'STORAGE_FULL', effect: 'NONE' } },
    });
    const defect = scene.aProvision();
    await approvals.command('io.dcm.command.provision.v1', defect);
    expect(await approvals.end(defect.operationId)).toMatchObject({
      data: { error: { reason: 'PLATFORM_ERROR', effect: 'UNKNOWN' } },
    });
    expect(JSON.stringify(approvals.facts)).not.toContain('hunter2');
  });

  it('gives work up at its deadline', async () => {
    const { approvals } = await open(new ReferenceHypervisor({ createMs: 4_000 }));
    await scene.provisioner();
    const create = scene.aProvision({ budgetMs: 2_000 });
    await approvals.command('io.dcm.command.provision.v1', create);
    await eventually(() => Promise.resolve(scene.names().length === 1), 'the work has begun');
    const end = await approvals.end(create.operationId);
    expect(end).toMatchObject({ type: 'io.dcm.fact.failed.v1', data: { error: { retryable: true } } });
    expect(end).not.toMatchObject({ data: { error: { effect: 'NONE' } } });
  });
});
