import { waitUntil } from '@dcm/messaging/testing';
import { OperationsStand, type Home } from './operations-stand';

jest.setTimeout(30_000);

describe('requests that want the same places', () => {
  let stand: OperationsStand;
  let home: Home;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home();
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  it('admit exactly what fits: 200 in parallel for 25 places', async () => {
    await stand.call('admin.quota.set', { scope: 'tenant', id: home.tenantId, limits: { vms: 25 } });
    home.provisioner.plan = () => undefined;
    const ids = await Promise.all(Array.from({ length: 200 }, () => stand.create(home)));
    const states = async (): Promise<{ state: string; n: number }[]> =>
      stand.rows(
        `SELECT state, count(*)::int AS n FROM approvals.operation WHERE id = ANY($1) GROUP BY state ORDER BY state`,
        [ids],
      );
    await waitUntil(async () => (await states()).reduce((sum, { n }) => sum + n, 0) === 200, 'all to be decided');
    expect(await states()).toEqual([
      { state: 'planning', n: 25 },
      { state: 'rejected', n: 175 },
    ]);
    const [held] = await stand.rows<{ n: number }>(
      'SELECT sum(vms)::int AS n FROM approvals.ledger WHERE tenant_id = $1',
      [home.tenantId],
    );
    expect(held?.n).toBe(25);
    await Promise.all(ids.map((id) => stand.cancel(home, id).catch(() => undefined)));
    expect(await stand.rows('SELECT vm_id FROM approvals.ledger WHERE tenant_id = $1', [home.tenantId])).toEqual([]);
  });

  it('admit exactly what fits when the plans of many take more than was asked for: 60 for 9 disks', async () => {
    await stand.call('admin.quota.set', { scope: 'project', id: home.projectId, limits: { diskGib: 95 } });
    home.provisioner.act = () => Promise.resolve();
    const ids = await Promise.all(Array.from({ length: 60 }, () => stand.create(home, { disks: [] })));
    const decided = async (): Promise<{ rejected: number; planned: number }[]> =>
      stand.rows(
        `SELECT count(*) FILTER (WHERE state = 'rejected')::int AS rejected,
           count(*) FILTER (WHERE state IN ('queued', 'running'))::int AS planned FROM approvals.operation WHERE id = ANY($1)`,
        [ids],
      );
    await waitUntil(async () => {
      const [now] = await decided();
      return (now?.rejected ?? 0) + (now?.planned ?? 0) === 60;
    }, 'all to be decided');
    expect(await decided()).toEqual([{ rejected: 51, planned: 9 }]);
  });
});
