import type { AdminInput, Rate } from '@dcm/contracts';
import { OperationsStand, type Home } from './operations-stand';
import { errorOf } from './stand';

jest.setTimeout(60_000);

const cheap = { vcpuHourMicros: 10_000, memoryGibHourMicros: 1_000, diskGibHourMicros: 10 };
const dear = { ...cheap, vcpuHourMicros: 90_000 };
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

describe('rates', () => {
  let stand: OperationsStand;
  let home: Home;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home();
  });
  afterAll(() => stand.close());

  const say = (input: AdminInput<'admin.rate.create'>): Promise<Rate> => stand.call('admin.rate.create', input);
  const atSite = (): { site: string } => ({ site: home.site });
  const planned = async (): Promise<{ price: unknown }> => {
    const id = await stand.create(home);
    const { plan } = await stand.until(id, 'succeeded');
    const [row] = await stand.rows<{ plan_price: unknown }>(
      'SELECT plan_price FROM approvals.vm WHERE doc ->> $1 = $2',
      ['operationId', id],
    );
    expect(row?.plan_price).toEqual(plan?.price);
    return { price: plan?.price };
  };

  it('price a plan, whose price stays what it was', async () => {
    expect(await planned()).toEqual({ price: null });
    await say({ scope: atSite(), ...cheap });
    const before = await planned();
    // Two vCPUs, two GiB of memory, ten GiB of disk.
    expect(before).toEqual({ price: { currency: 'EUR', perHourMicros: 22_100, perMonthMicros: 16_133_000 } });
    await say({ scope: { ...atSite(), size: 's' }, ...dear });
    expect(await planned()).toMatchObject({ price: { perHourMicros: 182_100 } });
    const kept = await stand.rows<{ price: unknown }>(
      "SELECT doc -> 'plan' -> 'price' AS price FROM approvals.operation WHERE site = $1 ORDER BY doc ->> 'createdAt'",
      [home.site],
    );
    expect(kept[1]).toEqual(before);
  });

  it('hold from their time on, and the latest of a scope holds', async () => {
    await say({ scope: atSite(), ...cheap });
    await say({ scope: atSite(), ...dear, validFrom: inMs(3_600_000) });
    expect(await planned()).toMatchObject({ price: { perHourMicros: 22_100 } });
    await say({ scope: atSite(), ...dear });
    expect(await planned()).toMatchObject({ price: { perHourMicros: 182_100 } });
  });

  it('price what a VM becomes when it is resized', async () => {
    await say({ scope: atSite(), ...cheap });
    const id = await stand.create(home);
    await stand.until(id, 'succeeded');
    const resize = await stand.until(await stand.resize(home, id, { cpus: 4, memoryMib: 2048 }), 'succeeded');
    expect(resize.plan?.price).toMatchObject({ perHourMicros: 42_100 });
  });

  it('are told to everybody, and never change', async () => {
    const rate = await say({ scope: atSite(), ...cheap });
    expect(rate).toMatchObject({ scope: atSite(), currency: 'EUR', vcpuHourOffMicros: 0, seq: 1 });
    const told = await stand.rows('SELECT noun, tenant_id, doc FROM approvals.journal WHERE subject = $1', [rate.id]);
    expect(told).toEqual([{ noun: 'rate', tenant_id: null, doc: rate }]);
    for (const sql of ['UPDATE approvals.rate SET vcpu_hour_micros = 0', 'DELETE FROM approvals.rate'])
      await expect(stand.rows(sql)).rejects.toThrow('rates are only ever added');
  });

  it.each([
    ['a time that has passed', { validFrom: '2026-01-01T00:00:00Z' }, 'INVALID_REQUEST', '/validFrom'],
    ['a site that is not known', { scope: { site: 'nowhere' as never } }, 'NOT_FOUND', '/scope/site'],
    ['a size that is not known', { scope: { size: 'giant' } }, 'NOT_FOUND', '/scope/size'],
    ['a site and a platform', { scope: { site: 'a' as never, platform: 'b' as never } }, 'INVALID_REQUEST', undefined],
  ])('are not taken for %s', async (_what, fields, code, pointer) => {
    const error = await errorOf(say({ ...cheap, ...fields }));
    expect(error).toMatchObject({ code });
    if (pointer !== undefined) expect(error.details).toMatchObject([{ pointer }]);
  });

  it('are not taken twice for one scope and time, nor from anybody but the platform', async () => {
    const same = { scope: atSite() as never, ...cheap, validFrom: inMs(60_000) };
    await say(same);
    expect(await errorOf(say({ ...same, ...dear }))).toMatchObject({ code: 'CONFLICT' });
    const tina = { principal: 'tina', tenantId: home.tenantId, roles: ['tenant-admin'] };
    expect(await errorOf(stand.call('admin.rate.create', same, tina))).toMatchObject({ code: 'PERMISSION_DENIED' });
  });
});
