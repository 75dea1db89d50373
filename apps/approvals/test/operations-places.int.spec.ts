import { waitUntil } from '@dcm/messaging/testing';
import { vmIdOf } from '@dcm/runtime';
import { fullSite } from './full-site';
import { OperationsStand, type Home } from './operations-stand';

jest.setTimeout(30_000);

describe('the places of a site', () => {
  let stand: OperationsStand;
  let home: Home;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home();
  });
  afterEach(async () => {
    expect(home.provisioner.mishaps).toEqual([]);
    await stand.assertInvariants();
  });
  afterAll(() => stand.close());

  it('begins a create in the transaction that queues it, where there is a place and nobody waits for one', async () => {
    const held = home.provisioner.hold();
    const id = await stand.create(home);
    await waitUntil(() => held.length > 0, 'the work');
    const written = await stand.rows<{ action: string }>(
      `SELECT action FROM approvals.journal WHERE subject = $1 AND xmin = (
         SELECT xmin FROM approvals.journal WHERE subject = $1 AND action = 'queued') ORDER BY seq`,
      [id],
    );
    expect(written.map(({ action }) => action)).toEqual(['queued', 'dispatched']);
    await stand.cancel(home, id);
  });

  it('gives a place to who waits longest in the transaction that frees it', async () => {
    const full = await fullSite(stand);
    ({ home } = full);
    const { held, first, second } = full;
    const third = await stand.create(home);
    await stand.until(third, 'queued');
    await home.provisioner.workAsAsked(held[0]!, 'provision');
    await waitUntil(() => held.length === 2, 'the next work');
    const written = await stand.rows<{ subject: string; action: string }>(
      `SELECT subject, action FROM approvals.journal WHERE noun = 'operation' AND xmin = (
         SELECT xmin FROM approvals.journal WHERE subject = $1 AND action = 'succeeded') ORDER BY id`,
      [first],
    );
    expect(written).toEqual([
      { subject: first, action: 'succeeded' },
      { subject: second, action: 'dispatched' },
    ]);
    await home.provisioner.workAsAsked(held[1]!, 'provision');
    await waitUntil(() => held.length === 3, 'the last work');
    await home.provisioner.workAsAsked(held[2]!, 'provision');
    await Promise.all([first, second, third].map((id) => stand.until(id, 'succeeded')));
  });

  it('frees a place also when what waits for it cannot be stored', async () => {
    const full = await fullSite(stand);
    ({ home } = full);
    const { held, first, second } = full;
    const refuse = `CREATE FUNCTION approvals.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.id = '${second}' AND NEW.state = 'running' THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW; END $$`;
    await stand.rows(refuse);
    await stand.rows(
      'CREATE TRIGGER refuse BEFORE UPDATE ON approvals.operation FOR EACH ROW EXECUTE FUNCTION approvals.refuse()',
    );
    await home.provisioner.workAsAsked(held[0]!, 'provision');
    await stand.until(first, 'succeeded');
    expect(await stand.operation(second)).toMatchObject({ state: 'queued' });
    await stand.rows('DROP FUNCTION approvals.refuse CASCADE');
    await waitUntil(() => held.length === 2, 'the next work', 15_000);
    await home.provisioner.workAsAsked(held[1]!, 'provision');
    await stand.until(second, 'succeeded');
  });

  it('keeps to the number of operations that a site takes, and shares it among tenants', async () => {
    home = await stand.home({ maxConcurrent: 2 });
    const held = home.provisioner.hold();
    const other = await stand.neighbour(home);
    const many = await Promise.all(Array.from({ length: 6 }, () => stand.create(home)));
    await waitUntil(() => held.length === 2, 'the site to be full');
    await Promise.all(
      many.map((id) =>
        waitUntil(async () => ['running', 'queued'].includes((await stand.operation(id))?.state ?? ''), 'plans'),
      ),
    );
    const few = await Promise.all([stand.create(other), stand.create(other)]);
    await Promise.all(few.map((id) => stand.until(id, 'queued')));
    expect(held).toHaveLength(2);
    for (let done = 0; done < 8; done++) {
      await waitUntil(() => held.length > done, 'the next place');
      const running = await stand.rows<{ n: number }>(
        `SELECT count(*)::int AS n FROM approvals.operation WHERE site = $1 AND state = 'running'`,
        [home.site],
      );
      expect(running[0]?.n).toBeLessThanOrEqual(2);
      await home.provisioner.workAsAsked(held[done]!, 'provision');
    }
    const order = held.map(({ ownership }) => (ownership.tenant === other.tenantId ? 'other' : 'many'));
    // The newcomer's first one needs no more than the next place: it is not behind everything that waited before it.
    expect(order.slice(0, 4)).toContain('other');
    await Promise.all([...many, ...few].map((id) => stand.until(id, 'succeeded')));
  });

  it('keeps to it with two replicas, in whichever transaction work begins', async () => {
    await stand.startApprovals();
    home = await stand.home({ maxConcurrent: 3 });
    const ids = await Promise.all(Array.from({ length: 40 }, () => stand.create(home)));
    await Promise.all(ids.map((id) => stand.until(id, 'succeeded')));
    const unplaced = 'SELECT journal_id FROM approvals.journal_position WHERE position IS NULL LIMIT 1';
    await waitUntil(async () => (await stand.rows(unplaced)).length === 0, 'the order of what was committed');
    const steps = await stand.rows<{ id: string; state: string }>(
      `SELECT j.subject AS id, j.doc ->> 'state' AS state FROM approvals.journal j
       JOIN approvals.journal_position p ON p.journal_id = j.id
       WHERE j.noun = 'operation' AND j.tenant_id = $1 ORDER BY p.position`,
      [home.tenantId],
    );
    const running = new Set<string>();
    const most = steps.map(
      ({ id, state }) => (state === 'running' ? running.add(id) : running.delete(id), running.size),
    );
    expect(Math.max(...most)).toBe(3);
  });

  it('gives a place to the next at once when whoever was first in line is planned anew', async () => {
    // Nothing but the freed place makes anybody look.
    const slow = await OperationsStand.open({ DCM_SWEEP_MS: '60000' });
    try {
      const { home: site, held, first, second } = await fullSite(slow);
      const third = await slow.create(site);
      await slow.until(third, 'queued');
      const aged = "UPDATE approvals.vm SET planned_at = planned_at - interval '15 minutes' WHERE id = $1";
      await slow.rows(aged, [vmIdOf(second)]);
      site.provisioner.plan = () => undefined;
      await site.provisioner.workAsAsked(held[0]!, 'provision');
      await slow.until(first, 'succeeded');
      await slow.until(third, 'running');
      expect(await slow.operation(second)).toMatchObject({ state: 'planning' });
    } finally {
      await slow.close();
    }
  });
});
