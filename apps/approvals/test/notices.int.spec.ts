import { vmIdOf } from '@dcm/runtime';
import { waitUntil } from '@dcm/messaging/testing';
import { OperationsStand } from './operations-stand';
import { PresenceScene } from './presence-scene';

jest.setTimeout(60_000);

describe('changes that a platform tells of its own accord', () => {
  let stand: OperationsStand;
  let scene: PresenceScene;

  beforeAll(async () => {
    stand = await OperationsStand.open({ DCM_SCAN_MS: '3600000', DCM_SWEEP_MS: '20' });
  });
  afterAll(() => stand.close());
  beforeEach(async () => {
    scene = await PresenceScene.open(stand, 2);
  });

  const notice = (nativeIds: string[], broker = scene.home.provisioner.broker): Promise<void> =>
    scene.home.provisioner.tell('io.dcm.fact.noticed.v1', { nativeIds }, broker);
  const nativeIdOf = (index: number): string => scene.rows()[index]?.nativeId ?? '';
  const looks = (): number => scene.home.provisioner.commands('status').length;
  const dueInMs = async (): Promise<number> => {
    const [row] = await stand.rows<{ ms: number }>(
      `SELECT (extract(epoch FROM look_at - now()) * 1000)::int AS ms FROM approvals.vm WHERE id = $1`,
      [vmIdOf(scene.vms[0]!)],
    );
    return row?.ms ?? 0;
  };

  it('have the VMs read that are known, and no others', async () => {
    const [id] = scene.vms;
    scene.change(id!, { power: 'off', nativeState: 'poweredOff' });
    const index = scene.rows().findIndex((row) => row.ownership?.instance === vmIdOf(id!));
    await notice([nativeIdOf(index), 'stranger']);
    await scene.until(id!, { power: 'off' });
    expect(looks()).toBe(1);
    await stand.assertInvariants();
  });

  it('have a VM read at once, and again not sooner than after five seconds, however often they are told', async () => {
    const index = scene.rows().findIndex((row) => row.ownership?.instance === vmIdOf(scene.vms[0]!));
    await notice([nativeIdOf(index)]);
    await waitUntil(() => looks() === 1, 'the first look');
    for (let time = 0; time < 5; time++) await notice([nativeIdOf(index)]);
    await waitUntil(async () => (await dueInMs()) > 0, 'the second look to be planned');
    expect(await dueInMs()).toBeGreaterThan(3_000);
    expect(await dueInMs()).toBeLessThanOrEqual(5_000);
    expect(looks()).toBe(1);
  });

  it('have a VM read once more that changed while it was read: the answer may be older', async () => {
    const { provisioner } = scene.home;
    const { look } = provisioner;
    const held: Parameters<typeof look>[0][] = [];
    provisioner.look = (command) => {
      held.push(command);
      return undefined;
    };
    await notice([nativeIdOf(0)]);
    await waitUntil(() => held.length === 1, 'the first look');
    await notice([nativeIdOf(0)]);
    const sql = 'SELECT 1 FROM approvals.vm WHERE id = $1 AND noticed_at > now()';
    const { requestId, instanceId } = held[0]!;
    await waitUntil(async () => (await stand.rows(sql, [instanceId])).length > 0, 'the second notice to be taken');
    provisioner.look = look;
    const statuses = [provisioner.vms.get(instanceId)!];
    await provisioner.tell('io.dcm.fact.observed.v1', { requestId, instanceId, statuses, error: null });
    await waitUntil(() => looks() === 2, 'the second look');
    await stand.assertInvariants();
  });

  it('are left to the operation that is at work on the VM', async () => {
    const { provisioner } = scene.home;
    const [id] = scene.vms;
    const index = scene.rows().findIndex((row) => row.ownership?.instance === vmIdOf(id!));
    provisioner.act = async (command) => {
      await provisioner.ask('claim', command);
    };
    await stand.power(scene.home, id!);
    await waitUntil(() => provisioner.commands('power').length === 1, 'the operation to be at work');
    await notice([nativeIdOf(index)]);
    await notice([nativeIdOf(1 - index)]);
    await waitUntil(() => looks() === 1, 'the look at the other VM');
    expect(provisioner.commands('status')[0]?.instanceId).toBe(vmIdOf(scene.vms[1]!));
  });

  it("are believed of the site's publisher only", async () => {
    await notice([nativeIdOf(0)], await stand.connectAs('stranger'));
    const isRefused = async (): Promise<boolean> =>
      (await stand.deadLetters()).some(({ reason }) => reason === 'PERMISSION_DENIED');
    await waitUntil(isRefused, 'the dead letter');
    expect(looks()).toBe(0);
  });
});
