import type { RunningProvisioner } from '../src';
import { eventually } from '../src/testing/expectations';
import { ReferenceHypervisor } from '../src/testing/reference/reference-hypervisor';
import { strictJudge } from './approvals';
import { TcpFaultProxy } from '../../../sims/faults/faults';
import { brokersHere, openRoom, type Room } from './room';
import { Scene } from './scene';

jest.setTimeout(60_000);

const ends = /\.(succeeded|failed|yielded)\.v1$/;

const healthOf = ({ port }: RunningProvisioner): string => `http://127.0.0.1:${port}/health`;
const metricsOf = async ({ port }: RunningProvisioner): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

/** Only a broker of its own can take a delivery back from a worker that is gone. */
const describeWhereRabbitIs = brokersHere().includes('rabbitmq') ? describe : describe.skip;

describeWhereRabbitIs('a provisioner that is lost in the middle', () => {
  let room: Room;
  let scene: Scene;
  let proxy: TcpFaultProxy;

  beforeAll(() => {
    room = openRoom('rabbitmq');
  });

  afterAll(() => {
    room.close();
  });

  beforeEach(async () => {
    proxy = await TcpFaultProxy.listen({ target: room.url });
    scene = await Scene.open(room.url, new ReferenceHypervisor({ createMs: 2_000 }));
    scene.approvals.judge = strictJudge();
  });

  afterEach(async () => {
    proxy.clear();
    await scene.close();
    await proxy.close();
  });

  it('changes nothing more and says nothing, while another replica finishes the same VM', async () => {
    const { approvals, hypervisor } = scene;
    const lost = await scene.provisioner({ AMQP_URL: proxy.url, DCM_CLAIM_SILENCE_MS: '600' });
    const create = scene.aProvision();
    await approvals.command('io.dcm.command.provision.v1', create);
    await eventually(() => Promise.resolve(scene.names().length === 1), 'the creation');

    const other = await scene.provisioner();
    proxy.shutOut();
    await eventually(
      () => Promise.resolve(approvals.claims.some(({ worker }) => worker === other.worker)),
      'the delivery comes to the other replica, which claims it',
    );
    await approvals.command('io.dcm.command.provision.v1', { ...create, attempt: 2 });
    const succeeded = await approvals.hears('io.dcm.fact.succeeded.v1');
    expect(succeeded).toMatchObject({ worker: other.worker, attempt: 2, outcome: 'adopted', status: { power: 'on' } });

    await eventually(async () => (await metricsOf(lost)).includes('outcome="dropped"} 1'), 'the lost one gives up');
    proxy.clear();
    await eventually(async () => (await fetch(`${healthOf(lost)}/ready`)).ok, 'the lost one is back');
    const ended = approvals.facts.filter(({ type }) => ends.test(type));
    expect(ended.map(({ data }) => data.worker)).toEqual([other.worker]);
    expect(scene.names()).toHaveLength(1);
    expect(hypervisor.mutations).toBe(2);
  });

  it('tells its success once the broker is back, when nobody has taken its place', async () => {
    const { approvals, hypervisor } = scene;
    const alone = await scene.provisioner({ AMQP_URL: proxy.url });
    approvals.judge = strictJudge();
    const create = scene.aProvision();
    await approvals.command('io.dcm.command.provision.v1', create);
    await eventually(() => Promise.resolve(scene.names().length === 1), 'the creation');
    proxy.shutOut();
    const vm = [...hypervisor.everything.values()][0];
    await eventually(() => Promise.resolve(vm?.power === 'on'), 'the work is done');
    expect(approvals.facts.filter(({ type }) => ends.test(type))).toEqual([]);
    proxy.clear();
    const end = await approvals.end(create.operationId);
    expect(end).toMatchObject({ type: 'io.dcm.fact.succeeded.v1', data: { worker: alone.worker, outcome: 'created' } });
    expect(hypervisor.mutations).toBe(2);
  });
});
