import { exchanges, type Fact, type FactType, type SiteResources } from '@dcm/contracts';
import { publishEvents, type Broker } from '@dcm/messaging';
import { waitUntil } from '@dcm/messaging/testing';
import { newId } from '@dcm/runtime';
import { brokersHere, Stand } from './stand';

const aString: unknown = expect.any(String);

type Announced = Fact<'io.dcm.fact.announced.v1'>;
type Inventory = Fact<'io.dcm.fact.inventory.v1'>;
type Chunk = Fact<'io.dcm.fact.discovery.v1'>;
type Pool = Inventory['pools'][number];

const health = { reachable: true, loggedIn: true, missingPrivileges: [], detail: '', latencyMs: 3 };
const description = {
  platform: 'vsphere',
  product: 'vCenter',
  version: '8.0',
  serverId: 'x',
  capabilities: [],
  metadataSchema: {},
} as unknown as Announced['description'];

const aPool = (fields: Partial<Pool> = {}): Pool => ({
  nativeId: 'domain-c1',
  kind: 'cluster',
  name: 'cluster',
  path: '/dc/cluster',
  available: true,
  capacity: { cpuCores: 8, cpuTotalMhz: 16_000, cpuUsedMhz: 100, memoryTotalMib: 65_536, memoryUsedMib: 512 },
  storages: [{ nativeId: 'ds-1', name: 'ds', type: 'VMFS', shared: true, available: true, totalGib: 100, freeGib: 50 }],
  networks: [],
  images: [],
  ...fields,
});

jest.setTimeout(60_000);

describe.each(brokersHere())('facts of sites over %s', (kind) => {
  let stand: Stand;
  let site: string;
  const commands: { type: string | undefined; key: string; data: Record<string, unknown> }[] = [];

  beforeAll(async () => {
    stand = await Stand.open(kind, { DCM_ANNOUNCE_MS: '1000', DCM_INVENTORY_MS: '300000', DCM_SCAN_MS: '300000' });
  });
  afterAll(() => stand.close());
  beforeEach(async () => {
    site = `site-${newId().slice(-12)}`;
    commands.length = 0;
    await stand.call('admin.site.create', { name: site, platform: 'vsphere' });
  });

  const send = <T extends FactType>(
    type: T,
    data: Partial<Fact<T>>,
    broker: Broker = stand.gateway,
  ): Promise<unknown> => {
    const routingKey = `vsphere.${data.site ?? site}.${type.split('.')[3] ?? ''}`;
    const fact = { site, platform: 'vsphere', worker: 'w1', ...data };
    return publishEvents(broker, [{ exchange: exchanges.facts, routingKey, type, source: '/test', data: fact }]);
  };
  const announce = (fields: Partial<Announced> = {}, broker?: Broker): Promise<unknown> =>
    send('io.dcm.fact.announced.v1', { description, health, sealingKey: 'key-1', maxConcurrent: 4, ...fields }, broker);
  const sendInventory = (fields: Partial<Inventory> = {}): Promise<unknown> =>
    send('io.dcm.fact.inventory.v1', { requestId: newId(), pools: [aPool()], health, error: null, ...fields });
  const sendPage = (scanId: string, page: number, fields: Partial<Chunk> = {}): Promise<unknown> =>
    send('io.dcm.fact.discovery.v1', {
      requestId: scanId,
      scanId,
      page,
      rows: [],
      complete: false,
      error: null,
      ...fields,
    });

  const told = (noun: string): Promise<{ action: string; seq: number; doc: Record<string, unknown> }[]> =>
    stand.database.source.query(
      `SELECT action, seq, doc FROM approvals.journal WHERE noun = $1 AND subject = $2 ORDER BY seq`,
      [noun, site],
    );
  const state = async (): Promise<unknown> => (await told('site')).at(-1)?.doc['state'];
  const listen = async (): Promise<void> => {
    await stand.gateway.consume({ queue: `provisioner.vsphere.${site}.read`, prefetch: 10 }, ({ message, ack }) => {
      const { data } = JSON.parse(message.body.toString()) as { data: Record<string, unknown> };
      commands.push({ type: message.type, key: message.routingKey, data });
      ack();
    });
  };
  const command = async (type: string): Promise<Record<string, unknown>> => {
    await waitUntil(() => commands.some((one) => one.type === type), type);
    return commands.find((one) => one.type === type)!.data;
  };

  it('asks a site for its inventory when it is registered, so that its provisioner announces it', async () => {
    await listen();
    expect(await command('io.dcm.command.inventory.v1')).toEqual({ site, requestId: aString });
    expect(await state()).toBe('registered');
  });

  it('brings a registered site online, and asks it once for inventory and once for a scan', async () => {
    await listen();
    await announce();
    await waitUntil(async () => (await state()) === 'online', 'the site online');
    expect((await told('site')).at(-1)?.doc).toMatchObject({ description, sealingKey: 'key-1', seq: 2 });
    expect(await command('io.dcm.command.inventory.v1')).toEqual({ site, requestId: aString });
    const scan = await command('io.dcm.command.discover.v1');
    expect(scan).toEqual({ site, requestId: scan['scanId'], scanId: aString, pageSize: 500 });
    await announce();
    await announce({ sealingKey: 'key-2' });
    await waitUntil(async () => (await told('site')).length === 3, 'the new key to be told');
    expect(commands).toHaveLength(2);
    expect(commands[0]?.key).toBe(`vsphere.${site}.read`);
  });

  it('tells what is announced only when it is new, and keeps the description of a site that cannot be reached', async () => {
    await announce();
    await announce();
    await announce({ description: null, health: { ...health, reachable: false } });
    await announce({ sealingKey: 'key-2' });
    await waitUntil(async () => (await told('site')).length >= 3, 'the new key');
    const docs = await told('site');
    expect(docs.map((row) => row.action)).toEqual(['created', 'announced', 'announced']);
    expect(docs.at(-1)?.doc).toMatchObject({ sealingKey: 'key-2', description });
  });

  it('calls a site silent after three announcements that did not come, and online when it speaks again', async () => {
    await announce();
    await waitUntil(async () => (await state()) === 'silent', 'silence');
    await announce();
    await waitUntil(async () => (await state()) === 'online', 'the site online again');
    expect((await told('site')).map((row) => row.action)).toEqual(['created', 'announced', 'silent', 'announced']);
  });

  it('ignores a site that nobody registered, and one of another platform', async () => {
    await announce({ site: 'moon' as Announced['site'] });
    await announce({ platform: 'proxmox' as Announced['platform'] });
    await announce();
    await waitUntil(async () => (await state()) === 'online', 'the site online');
    const found: unknown = await stand.database.source.query(`SELECT name FROM approvals.site WHERE name = 'moon'`);
    expect([found, (await told('site')).length]).toEqual([[], 2]);
  });

  it("believes only the site's publisher: anybody else's fact is a dead letter", async () => {
    const stranger = await stand.connectAs('stranger');
    await announce({ sealingKey: 'forged' }, stranger);
    const letters = async () => (await stand.call('dead.list', { limit: 100 })).items;
    await waitUntil(async () => (await letters()).some((one) => one.routingKey.includes(site)), 'the dead letter');
    expect((await letters()).find((one) => one.routingKey.includes(site))).toMatchObject({
      publisher: stranger.userId,
      reason: 'PERMISSION_DENIED',
    });
    expect(await told('site')).toHaveLength(1);
  });

  it('believes the user that the site was registered for, and no longer our own', async () => {
    const theirs = await stand.connectAs('provisioner');
    site = `site-${newId().slice(-12)}`;
    await stand.call('admin.site.create', { name: site, platform: 'vsphere', publisher: theirs.userId });
    await announce({ sealingKey: 'ours' });
    await announce({ sealingKey: 'theirs' }, theirs);
    await waitUntil(async () => (await state()) === 'online', 'the site online');
    expect((await told('site')).at(-1)?.doc).toMatchObject({ sealingKey: 'theirs', seq: 2 });
  });

  it('tells resources when their structure is new, not when only use changed', async () => {
    await announce();
    await sendInventory();
    const busy = { ...aPool().capacity, cpuUsedMhz: 9_000, memoryUsedMib: 60_000 };
    await sendInventory({ pools: [aPool({ capacity: busy })] });
    await sendInventory({ pools: [], error: null, health });
    await sendInventory({ pools: [aPool(), aPool({ nativeId: 'domain-c2', name: 'second' })] });
    await waitUntil(async () => (await told('site-resources')).length >= 4, 'the resources');
    const docs = (await told('site-resources')).map((row) => row.doc as SiteResources);
    expect(docs.map((doc) => doc.pools.length)).toEqual([0, 1, 0, 2]);
    expect(docs[1]?.pools[0]?.capacity.cpuUsedMhz).toBe(100);
  });

  it('keeps the last inventory when a site cannot be looked at', async () => {
    await announce();
    await sendInventory();
    const error = { code: 'UNAVAILABLE', reason: 'SITE_UNREACHABLE', message: 'x', retryable: true } as const;
    await sendInventory({ pools: [], error: { ...error, effect: 'NONE', countsAsAttempt: false, native: null } });
    await sendInventory({ pools: [aPool({ name: 'renamed' })] });
    await waitUntil(async () => (await told('site-resources')).length >= 3, 'the resources');
    expect((await told('site-resources')).map((row) => (row.doc as SiteResources).pools[0]?.name)).toEqual([
      undefined,
      'cluster',
      'renamed',
    ]);
  });

  describe('that are pages of a scan', () => {
    const aRow = (nativeId: string): Chunk['rows'][number] => ({
      nativeId,
      name: nativeId,
      ownership: null,
      power: 'on',
    });
    const discovered = async (): Promise<string[]> => {
      const found = await stand.database.source.query<{ native_id: string }[]>(
        `SELECT native_id FROM approvals.discovered d JOIN approvals.scan s ON s.id = d.scan_id
         WHERE s.site = $1 AND s.completed_at IS NOT NULL ORDER BY native_id`,
        [site],
      );
      return found.map((row) => row.native_id);
    };
    const begin = async (): Promise<string> => {
      await listen();
      await announce();
      return (await command('io.dcm.command.discover.v1'))['scanId'] as string;
    };

    it('make a scan complete once all came, in any order and some twice', async () => {
      const scanId = await begin();
      await sendPage(scanId, 2, { rows: [aRow('vm-5')], complete: true });
      await sendPage(scanId, 0, { rows: [aRow('vm-1'), aRow('vm-2')] });
      await sendPage(scanId, 0, { rows: [aRow('vm-1'), aRow('vm-2')] });
      expect(await discovered()).toEqual([]);
      await sendPage(scanId, 1, { rows: [aRow('vm-3'), aRow('vm-2')] });
      await waitUntil(async () => (await discovered()).length > 0, 'the complete scan');
      expect(await discovered()).toEqual(['vm-1', 'vm-2', 'vm-3', 'vm-5']);
    });

    it('never complete a scan that broke off, and are ignored when nobody asked', async () => {
      const scanId = await begin();
      await sendPage(newId(), 0, { rows: [aRow('stray')], complete: true });
      await sendPage('no uuid', 0, { rows: [aRow('stray')], complete: true });
      const error = { code: 'INTERNAL', reason: 'PLATFORM_ERROR', message: 'x', retryable: true } as const;
      await sendPage(scanId, 0, { error: { ...error, effect: 'NONE', countsAsAttempt: true, native: null } });
      const failed = (): Promise<unknown[]> =>
        stand.database.source.query('SELECT 1 FROM approvals.scan WHERE id = $1 AND error IS NOT NULL', [scanId]);
      await waitUntil(async () => (await failed()).length === 1, 'the failed scan');
      expect(await discovered()).toEqual([]);
    });
  });
});
