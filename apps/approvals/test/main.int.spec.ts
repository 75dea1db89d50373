import { start } from '../src/main';
import { brokersHere, errorOf, Stand } from './stand';

jest.setTimeout(60_000);

describe.each(brokersHere())('the approvals process over %s', (kind) => {
  let stand: Stand;
  beforeEach(async () => {
    stand = await Stand.open(kind);
  });
  afterEach(() => stand.close());

  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${stand.port}${path}`);

  it('says that it lives, that it is ready, and how it does', async () => {
    expect((await get('/health/live')).status).toBe(200);
    const ready = await get('/health/ready');
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ok', checks: { database: 'ok', broker: 'ok' } },
    ]);
    expect(await (await get('/metrics')).text()).toContain('process_resident_memory_bytes');
  });

  it('answers what it took and publishes what it committed before it ends', async () => {
    const calls = Array.from({ length: 20 }, (_, index) =>
      stand.call('admin.tenant.create', { name: `tenant ${index}` }),
    );
    await calls[0];
    const closing = stand.stop();
    const outcomes = await Promise.allSettled(calls);
    await closing;
    const answered = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
    const [row] = await stand.database.source.query<{ tenants: number; unpublished: number }[]>(
      `SELECT (SELECT count(*)::int FROM approvals.tenant) AS tenants,
              (SELECT count(*)::int FROM approvals.journal_position
               WHERE position IS NULL OR position > (SELECT published FROM approvals.journal_relay)) AS unpublished`,
    );
    expect(row).toEqual({ tenants: answered, unpublished: 0 });
  });
});

describe('the configuration', () => {
  it('is refused with the name of each variable that is wrong, and without its value', async () => {
    const env = { AMQP_URL: 'inprocess://dcm@x', DCM_INSTALLATION_KEY: 'short', DCM_LEASE_MS: 'soon' };
    const refusal = await errorOf(start(env));
    expect(refusal.code).toBe('INVALID_REQUEST');
    expect(refusal.details.map((detail) => detail.pointer)).toEqual([
      'environment/DATABASE_URL',
      'environment/DCM_INSTALLATION_KEY',
      'environment/DCM_LEASE_MS',
    ]);
    expect(JSON.stringify([refusal.message, refusal.details])).not.toMatch(/short|soon/);
  });
});
