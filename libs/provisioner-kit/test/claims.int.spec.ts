import { eventually } from '../src/testing/expectations';
import { ReferenceHypervisor } from '../src/testing/reference/reference-hypervisor';
import { brokersHere, openRoom, type Room } from './room';
import { Scene } from './scene';

jest.setTimeout(60_000);

const go = { verdict: 'go', leaseMs: 30_000 } as const;

describe.each(brokersHere())('a provisioner and its claim, on the %s broker', (kind) => {
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

  describe('claims before it changes anything', () => {
    it('and forgets a copy that is dropped', async () => {
      const { approvals } = await open();
      await scene.provisioner();
      approvals.judge = () => ({ verdict: 'drop', reason: 'attempt 2 is at work' });
      const dropped = scene.aProvision();
      await approvals.command('io.dcm.command.provision.v1', dropped);
      await eventually(() => Promise.resolve(approvals.claims.length === 1), 'the claim');
      const { operationId, instanceId, attempt } = dropped;
      expect(approvals.claims).toMatchObject([{ operationId, instanceId, attempt }]);
      approvals.judge = () => go;
      const next = scene.aProvision();
      await approvals.command('io.dcm.command.provision.v1', next);
      await approvals.end(next.operationId);
      expect(scene.names()).toEqual([next.vm.spec.platformName]);
      expect(JSON.stringify(approvals.facts)).not.toContain(dropped.operationId);
    });

    it('and tells that it was stopped in time', async () => {
      const { approvals } = await open();
      await scene.provisioner();
      approvals.judge = () => ({ verdict: 'stop', reason: 'a person cancelled it' });
      const create = scene.aProvision();
      await approvals.command('io.dcm.command.provision.v1', create);
      expect(await approvals.end(create.operationId)).toMatchObject({
        data: { error: { reason: 'CANCELLED', effect: 'NONE' } },
      });
      expect(scene.names()).toEqual([]);
    });

    it('and waits with the work until approvals answers', async () => {
      const { approvals } = await open();
      await scene.provisioner({ DCM_CLAIM_SILENCE_MS: '300' });
      approvals.judge = () => undefined;
      const create = scene.aProvision();
      await approvals.command('io.dcm.command.provision.v1', create);
      await eventually(() => Promise.resolve(approvals.claims.length >= 3), 'claims, again and again');
      expect(scene.names()).toEqual([]);
      approvals.judge = () => go;
      expect(await approvals.end(create.operationId)).toMatchObject({ type: 'io.dcm.fact.succeeded.v1' });
      expect(scene.names()).toHaveLength(1);
    });

    it('and stops in the middle, telling that something may have been done, when a renewal says stop', async () => {
      const { approvals } = await open(new ReferenceHypervisor({ createMs: 1_500 }));
      await scene.provisioner();
      approvals.judge = (verb) =>
        verb === 'claim' ? { ...go, leaseMs: 300 } : { verdict: 'stop', reason: 'cancelled' };
      const create = scene.aProvision();
      await approvals.command('io.dcm.command.provision.v1', create);
      expect(await approvals.end(create.operationId)).toMatchObject({
        data: { error: { reason: 'CANCELLED', effect: 'UNKNOWN' } },
      });
      const [vm] = [...scene.hypervisor.everything.values()];
      expect(vm?.power).toBe('off');
    });

    it('and changes nothing more, and says nothing, when a renewal says drop', async () => {
      const { approvals } = await open(new ReferenceHypervisor({ createMs: 400 }));
      await scene.provisioner();
      approvals.judge = (verb) => (verb === 'claim' ? { ...go, leaseMs: 300 } : { verdict: 'drop', reason: 'expired' });
      const create = scene.aProvision();
      await approvals.command('io.dcm.command.provision.v1', create);
      await eventually(() => Promise.resolve(scene.names().length === 1), 'the creation');
      const vm = [...scene.hypervisor.everything.values()][0]!;
      await eventually(() => Promise.resolve(!vm.building), 'the VM is built');
      approvals.judge = () => go;
      const next = scene.aProvision();
      await approvals.command('io.dcm.command.provision.v1', next);
      await approvals.end(next.operationId);
      expect(vm.power).toBe('off');
      expect(approvals.facts.filter(({ type }) => /succeeded|failed|yielded/.test(type))).toHaveLength(1);
    });

    it('and changes nothing more when its renewals are not answered', async () => {
      const { approvals } = await open(new ReferenceHypervisor({ createMs: 1_000 }));
      await scene.provisioner();
      approvals.judge = (verb) => (verb === 'claim' ? { ...go, leaseMs: 300 } : undefined);
      const create = scene.aProvision();
      await approvals.command('io.dcm.command.provision.v1', create);
      await eventually(() => Promise.resolve(scene.names().length === 1), 'the creation');
      const vm = [...scene.hypervisor.everything.values()][0]!;
      await eventually(() => Promise.resolve(!vm.building), 'the VM is built');
      // The next attempt is another worker's, and finishes the same VM.
      approvals.judge = () => go;
      const next = { ...create, attempt: 2 };
      await approvals.command('io.dcm.command.provision.v1', next);
      expect(await approvals.end(create.operationId)).toMatchObject({ data: { attempt: 2, outcome: 'adopted' } });
      expect(scene.names()).toHaveLength(1);
    });
  });

  it('carries out once what is delivered twice', async () => {
    const { approvals, hypervisor } = await open(new ReferenceHypervisor({ createMs: 200 }));
    await scene.provisioner();
    const create = scene.aProvision();
    await approvals.command('io.dcm.command.provision.v1', create);
    await approvals.command('io.dcm.command.provision.v1', create);
    await approvals.end(create.operationId);
    const last = scene.aProvision();
    await approvals.command('io.dcm.command.provision.v1', last);
    await approvals.end(last.operationId);
    expect(approvals.claims).toHaveLength(2);
    expect(hypervisor.mutations).toBe(4);
    expect(approvals.of('io.dcm.fact.succeeded.v1')).toHaveLength(2);
  });
});
