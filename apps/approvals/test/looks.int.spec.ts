import { waitUntil } from '@dcm/messaging/testing';
import { vmIdOf } from '@dcm/runtime';
import { OperationsStand } from './operations-stand';
import { statusOf } from './provisioner.builder';

jest.setTimeout(30_000);

describe('VMs that have no address yet', () => {
  let stand: OperationsStand;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  it('are looked at together, which neither locks nor writes those that are as they were', async () => {
    const there = await stand.home({ maxConcurrent: 20 });
    const { provisioner } = there;
    const ids = await Promise.all(Array.from({ length: 12 }, () => stand.create(there)));
    await Promise.all(ids.map((id) => stand.until(id, 'succeeded')));
    const looks = (): number => provisioner.received.filter(({ type }) => type.includes('.status.')).length;
    // The next ones are due five seconds later.
    await waitUntil(() => looks() >= ids.length, 'the first looks');
    expect(Math.max(...provisioner.pages)).toBeGreaterThan(1);
    const [changed, ...others] = ids.map((id) => vmIdOf(id));
    const versions = (): Promise<unknown[]> =>
      stand.rows('SELECT id, xmin::text, xmax::text FROM approvals.vm WHERE id = ANY($1) ORDER BY id', [others]);
    const before = await versions();
    const answers = ids.map((id) => {
      const status = provisioner.vms.get(vmIdOf(id))!;
      const statuses = [vmIdOf(id) === changed ? { ...status, power: 'off' as const } : status];
      return { requestId: 'unasked', instanceId: vmIdOf(id), statuses, error: null };
    });
    await provisioner.tell('io.dcm.fact.statuses.v1', { requestId: 'unasked', answers });
    await waitUntil(async () => (await stand.vm(ids[0]!))?.power === 'off', 'the news');
    expect(await versions()).toEqual(before);
  });

  it('are looked at one by one for a provisioner that takes one at a time', async () => {
    const there = await stand.home({ announce: false });
    there.provisioner.looksAtOnce = undefined;
    await there.provisioner.announce();
    const ids = await Promise.all(Array.from({ length: 4 }, () => stand.create(there)));
    await Promise.all(ids.map((id) => stand.until(id, 'succeeded')));
    there.provisioner.look = (command) => [statusOf(command, { power: 'off' })];
    const isOff = async (id: (typeof ids)[number]): Promise<boolean> => (await stand.vm(id))?.power === 'off';
    await waitUntil(async () => (await Promise.all(ids.map(isOff))).every(Boolean), 'all looks');
    expect(there.provisioner.pages).toEqual([]);
    const looksAtOnce = async (): Promise<unknown> =>
      (await stand.rows('SELECT looks_at_once AS n FROM approvals.site WHERE name = $1', [there.site]))[0];
    // A newer one beside it is not believed before the next regular telling.
    there.provisioner.looksAtOnce = 50;
    await there.provisioner.announce();
    await stand.until(await stand.create(there), 'succeeded');
    expect(await looksAtOnce()).toEqual({ n: 1 });
    // A change of the key is told at once, and the number with it; an earlier version's word counts at once.
    await there.provisioner.announce('key-2');
    await waitUntil(async () => JSON.stringify(await looksAtOnce()) === '{"n":50}', 'the larger number');
    there.provisioner.looksAtOnce = undefined;
    await there.provisioner.announce('key-2');
    await waitUntil(async () => JSON.stringify(await looksAtOnce()) === '{"n":1}', 'the smaller number');
  });
});
