import { waitUntil } from '@dcm/messaging/testing';
import { fullSite } from './full-site';
import { OperationsStand, type Home } from './operations-stand';
import { anError } from './scene.builder';

jest.setTimeout(30_000);

describe('what an operation waits for', () => {
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

  const isPaused = async (): Promise<boolean> => {
    const sql = 'SELECT paused_until IS NOT NULL AS yes FROM approvals.site WHERE name = $1';
    return (await stand.rows<{ yes: boolean }>(sql, [home.site]))[0]?.yes === true;
  };

  it('tells all that wait for a site that refuses the login that this is why, and counts them', async () => {
    let isRefused = true;
    home.provisioner.act = async (command, type) => {
      if (!isRefused) return home.provisioner.workAsAsked(command, type);
      await home.provisioner.ask('claim', command);
      await home.provisioner.fail(command, anError('INVALID_CREDENTIALS'));
    };
    const tried = await stand.create(home);
    await waitUntil(async () => await isPaused(), 'the pause');
    const behind = await stand.create(home);
    for (const id of [tried, behind])
      await waitUntil(async () => (await stand.operation(id))?.waitingFor?.kind === 'circuit', 'the reason');
    expect((await stand.operation(behind))?.waitingFor?.sentence).toContain('lets DCM log in');
    expect(await stand.metric('dcm_operations_waiting{kind="circuit"}')).toBe(2);
    isRefused = false;
    await Promise.all([tried, behind].map((id) => stand.until(id, 'succeeded')));
  });

  it('tells whoever waits for longer than a moment that the cap of the site is reached', async () => {
    home = await stand.home({ maxConcurrent: 2 });
    let taken = 0;
    home.provisioner.act = () => {
      taken += 1;
      return Promise.resolve();
    };
    const first = await Promise.all([1, 2].map(() => stand.create(home)));
    await waitUntil(() => taken === 2, 'the site to be full');
    const [next, last] = [await stand.create(home), await stand.create(home)];
    for (const id of [next, last])
      await waitUntil(async () => (await stand.operation(id))?.waitingFor?.kind === 'cap', 'the reason', 10_000);
    expect((await stand.operation(next))?.waitingFor).toMatchObject({
      detail: `a place on site ${home.site}, where as many operations run as its cap allows`,
      then: 'it expires',
    });
    expect(await stand.metric('dcm_operations_waiting{kind="cap"}')).toBe(2);
    home.provisioner.act = (command, type) => home.provisioner.workAsAsked(command, type);
    await Promise.all([...first, next, last].map((id) => stand.until(id, 'succeeded')));
  });

  it('tells whoever is still shown to wait for a site that answers again, and is full, that its cap is reached', async () => {
    const full = await fullSite(stand);
    ({ home } = full);
    const { first, second } = full;
    const shown = `UPDATE approvals.operation SET waiting_kind = 'site', doc = jsonb_set(doc::jsonb, '{waitingFor,kind}', '"site"')
      WHERE id = $1`;
    await stand.rows(shown, [second]);
    await waitUntil(async () => (await stand.operation(second))?.waitingFor?.kind === 'cap', 'the reason', 10_000);
    home.provisioner.act = (command, type) => home.provisioner.workAsAsked(command, type);
    await Promise.all([first, second].map((id) => stand.until(id, 'succeeded')));
  });
});
