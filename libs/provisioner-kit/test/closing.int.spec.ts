import { eventually } from '../src/testing/expectations';
import { ReferenceHypervisor } from '../src/testing/reference/reference-hypervisor';
import { brokersHere, openRoom, type Room } from './room';
import { Scene } from './scene';

jest.setTimeout(60_000);

describe.each(brokersHere())('a provisioner that closes, on the %s broker', (kind) => {
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

  describe('when it closes', () => {
    it('takes no more, and lets what runs come to its end', async () => {
      const { approvals } = await open(new ReferenceHypervisor({ createMs: 500 }));
      const provisioner = await scene.provisioner();
      const create = scene.aProvision();
      await approvals.command('io.dcm.command.provision.v1', create);
      await eventually(() => Promise.resolve(scene.names().length === 1), 'the work has begun');
      await provisioner.close();
      expect(await approvals.end(create.operationId)).toMatchObject({ type: 'io.dcm.fact.succeeded.v1' });
      const late = scene.aProvision();
      await approvals.command('io.dcm.command.provision.v1', late);
      await scene.provisioner();
      expect(await approvals.end(late.operationId)).toMatchObject({ type: 'io.dcm.fact.succeeded.v1' });
    });

    it('does not wait for a claim that nobody answers, and leaves the work in its queue', async () => {
      const { approvals } = await open();
      const provisioner = await scene.provisioner({ DCM_DRAIN_MS: '30000' });
      approvals.judge = () => undefined;
      const create = scene.aProvision();
      await approvals.command('io.dcm.command.provision.v1', create);
      await eventually(() => Promise.resolve(approvals.claims.length === 1), 'the claim');
      const closingAt = performance.now();
      await provisioner.close();
      expect(performance.now() - closingAt).toBeLessThan(15_000);
      approvals.judge = () => ({ verdict: 'go', leaseMs: 30_000 });
      await scene.provisioner();
      expect(await approvals.end(create.operationId)).toMatchObject({ type: 'io.dcm.fact.succeeded.v1' });
    });

    it('hands on what does not come to its end in time, and another replica finishes the same VM', async () => {
      const { approvals } = await open(new ReferenceHypervisor({ createMs: 1_500 }));
      const provisioner = await scene.provisioner({ DCM_DRAIN_MS: '100' });
      const create = scene.aProvision();
      await approvals.command('io.dcm.command.provision.v1', create);
      await eventually(() => Promise.resolve(scene.names().length === 1), 'the work has begun');
      await provisioner.close();
      expect(await approvals.end(create.operationId)).toMatchObject({
        type: 'io.dcm.fact.yielded.v1',
        data: { attempt: 1, resume: '' },
      });
      await scene.provisioner();
      await approvals.command('io.dcm.command.provision.v1', { ...create, attempt: 2, resume: '' });
      expect(await approvals.hears('io.dcm.fact.succeeded.v1')).toMatchObject({ attempt: 2, outcome: 'adopted' });
      expect(scene.names()).toHaveLength(1);
    });
  });
});
