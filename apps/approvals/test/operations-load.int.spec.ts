import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationId } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { OperationsStand, type Home } from './operations-stand';

jest.setTimeout(180_000);

/** Everything at once: what the order of locks is for. */
describe('many operations of many tenants on few sites', () => {
  let stand: OperationsStand;

  beforeAll(async () => {
    // A busy machine must not look like a dead worker here.
    const patient = { DCM_LEASE_MS: '60000', DCM_PLAN_TIMEOUT_MS: '60000', DCM_DISPATCH_TIMEOUT_MS: '60000' };
    stand = await OperationsStand.open(patient);
  });
  afterAll(() => stand.close());

  /** One question for all of them: asking for each would be the load. */
  const allDone = async (ids: readonly OperationId[]): Promise<void> => {
    const sql = `SELECT count(*)::int AS n FROM approvals.operation WHERE id = ANY($1) AND state = 'succeeded'`;
    const isDone = async (): Promise<boolean> => {
      await sleep(50);
      return (await stand.rows<{ n: number }>(sql, [ids]))[0]?.n === ids.length;
    };
    await waitUntil(isDone, 'all to succeed', 150_000);
  };
  const deadlocks = async (): Promise<number> => {
    const sql = 'SELECT deadlocks::int AS n FROM pg_stat_database WHERE datname = current_database()';
    return (await stand.rows<{ n: number }>(sql))[0]?.n ?? 0;
  };

  it('all end, without one deadlock', async () => {
    const sites = [await stand.home({ maxConcurrent: 16 }), await stand.home({ maxConcurrent: 3 })];
    const homes: Home[] = [...sites];
    for (const home of sites) homes.push(await stand.neighbour(home), await stand.neighbour(home));
    const creates = homes.flatMap((home) => Array.from({ length: 25 }, () => ({ home, id: stand.create(home) })));
    const ids = await Promise.all(creates.map(({ id }) => id));
    await allDone(ids);
    const followers = creates.map(({ home }, index) => {
      const id = ids[index]!;
      return index % 3 === 0 ? stand.power(home, id) : stand.delete(home, id);
    });
    await allDone(await Promise.all(followers));
    expect(await deadlocks()).toBe(0);
    expect(sites.reduce((sum, { provisioner }) => sum + provisioner.vms.size, 0)).toBe(creates.length / 3);
    await stand.assertInvariants();
  });
});
