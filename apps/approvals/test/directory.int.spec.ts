import type { ProjectId, TenantId } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { transact } from '../src/database/transaction.repository';
import { DirectoryRepository } from '../src/directory/directory.repository';
import { createTestDatabase, type TestDatabase } from './test-database';

const directory = new DirectoryRepository({ AMQP_URL: 'amqp://dcm:x@broker/dcm' });
const [tenantId, projectId] = [newId(), newId() as ProjectId];

jest.setTimeout(60_000);

describe('the directory', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(20);
    for (const statement of [
      `INSERT INTO approvals.tenant (id, name) VALUES ('${tenantId}', 'Acme')`,
      `INSERT INTO approvals.site (name, platform, max_concurrent, publisher)
       VALUES ('lab', 'vsphere', 4, NULL), ('edge', 'proxmox', 2, 'edge-worker')`,
      `INSERT INTO approvals.instance_number (site) VALUES ('lab'), ('edge')`,
      `INSERT INTO approvals.project (id, tenant_id, name, site, policy)
       VALUES ('${projectId}', '${tenantId}', 'web', 'lab', '{"approvalTtlHours": 1, "onExpiry": "reject"}')`,
      `INSERT INTO approvals.image (id, name, templates) VALUES (gen_random_uuid(), 'debian-12', '{"lab": "tpl-12"}')`,
      `INSERT INTO approvals.size (name, cpus, memory_mib) VALUES ('small', 2, 2048)`,
      `INSERT INTO approvals.publisher (user_id, tenant_id) VALUES ('erp', '${tenantId}')`,
    ])
      await database.source.query(statement);
  });
  afterAll(() => database.drop());

  it('finds a project with the site that it is bound to', async () => {
    expect(await directory.findProject(database.source.manager, projectId)).toMatchObject({
      project: { id: projectId, tenantId, site: 'lab', platform: 'vsphere', policy: { approvalTtlHours: 1 } },
      site: { name: 'lab', state: 'registered', maxConcurrent: 4 },
    });
    expect(await directory.findProject(database.source.manager, newId() as ProjectId)).toBeUndefined();
  });

  it('finds an image by its name, and to a tenant that may not see it finds none', async () => {
    const { manager } = database.source;
    const [own, other] = [tenantId as TenantId, newId() as TenantId];
    await manager.query(`INSERT INTO approvals.image (id, name, templates, visible_to)
      VALUES (gen_random_uuid(), 'secret', '{}', '{${tenantId}}')`);
    expect(await directory.findImage(manager, 'debian-12')).toMatchObject({
      templates: { lab: 'tpl-12' },
      state: 'active',
      visibility: 'all',
    });
    expect(await directory.findVisibleImage(manager, 'secret', own)).toMatchObject({ visibility: { tenants: [own] } });
    expect(await directory.findVisibleImage(manager, 'secret', other)).toBeUndefined();
    expect(await directory.findVisibleImage(manager, 'debian-12', other)).toBeDefined();
    expect(await directory.findImage(manager, 'debian-99')).toBeUndefined();
  });

  it('finds sizes and publishers by name', async () => {
    const { manager } = database.source;
    expect(await directory.findSize(manager, 'small')).toEqual({
      name: 'small',
      cpus: 2,
      memoryMib: 2048,
      visibility: 'all',
      seq: 1,
    });
    expect(await directory.findPublisher(manager, 'erp')).toMatchObject({ userId: 'erp', tenantId, relay: false });
    expect(await directory.findSize(manager, 'large')).toBeUndefined();
    expect(await directory.findPublisher(manager, 'crm')).toBeUndefined();
  });

  it("believes a site's own publisher, or the user that this process connects as", async () => {
    const { manager } = database.source;
    expect(await directory.siteFactsPublisher(manager, 'edge')).toBe('edge-worker');
    expect(await directory.siteFactsPublisher(manager, 'lab')).toBe('dcm');
    expect(await directory.siteFactsPublisher(manager, 'moon')).toBeUndefined();
  });

  it('gives every VM of a site its own number, also to many at a time', async () => {
    const next = (): Promise<number> =>
      transact(database.source, (manager) => directory.nextInstanceNumber(manager, 'lab'));
    const numbers = await Promise.all(Array.from({ length: 50 }, next));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(await directory.nextInstanceNumber(database.source.manager, 'edge')).toBe(1);
    await expect(directory.nextInstanceNumber(database.source.manager, 'moon')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('pauses and resumes a site, and says what to tell', async () => {
    const { manager } = database.source;
    await manager.query(`UPDATE approvals.site SET announced_at = now() WHERE name = 'edge'`);
    const before = Date.now();
    const [paused] = await directory.pauseSite(manager, 'edge', 60_000, 'unreachable');
    expect(paused).toMatchObject({
      noun: 'site',
      id: 'edge',
      tenantId: null,
      action: 'paused',
      actor: 'system',
      seq: 2,
    });
    expect(paused?.doc).toMatchObject({ state: 'paused', pauseReason: 'unreachable' });
    const site = await directory.findSite(manager, 'edge');
    expect(Date.parse(site?.pausedUntil ?? '')).toBeGreaterThan(before + 30_000);
    const [resumed] = await directory.resumeSite(manager, 'edge');
    expect(resumed?.doc).toMatchObject({ state: 'online', pausedUntil: null, pauseReason: null, seq: 3 });
    expect(await directory.resumeSite(manager, 'edge')).toEqual([]);
    expect(await directory.pauseSite(manager, 'moon', 1, 'x')).toEqual([]);
  });

  it('lets one transaction at a time hold a site', async () => {
    const first = database.source.createQueryRunner();
    await first.startTransaction();
    expect(await directory.lockSite(first.manager, 'lab')).toMatchObject({ name: 'lab' });
    const order: string[] = [];
    const second = transact(database.source, async (manager) => {
      await directory.lockSite(manager, 'lab');
      order.push('second');
    });
    await transact(database.source, (manager) => directory.lockSite(manager, 'edge'));
    order.push('first');
    await first.commitTransaction();
    await first.release();
    await second;
    expect(order).toEqual(['first', 'second']);
  });

  it('names its installation once and for ever', async () => {
    const id = await directory.installationId(database.source.manager);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await directory.installationId(database.source.manager)).toBe(id);
  });
});

describe('a transaction', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await database.source.query('CREATE TABLE approvals.pair (id int PRIMARY KEY, n int NOT NULL DEFAULT 0)');
    await database.source.query('INSERT INTO approvals.pair (id) VALUES (1), (2)');
  });
  afterAll(() => database.drop());

  it('begins again when PostgreSQL gave it up in a deadlock', async () => {
    const attempts: number[] = [];
    const both = new Map<number, () => void>();
    const arrived = (id: number): Promise<void> =>
      new Promise((resolve) => {
        both.set(id, resolve);
        if (both.size === 2) for (const go of both.values()) go();
      });
    const crosswise = (one: number, other: number): Promise<void> =>
      transact(database.source, async (manager) => {
        attempts.push(one);
        const bump = 'UPDATE approvals.pair SET n = n + 1 WHERE id = $1';
        await manager.query(bump, [one]);
        if (attempts.length <= 2) await arrived(one);
        await manager.query(bump, [other]);
      });
    await Promise.all([crosswise(1, 2), crosswise(2, 1)]);
    expect(attempts).toHaveLength(3);
    expect(await database.source.query('SELECT n FROM approvals.pair ORDER BY id')).toEqual([{ n: 2 }, { n: 2 }]);
  });

  it('does not begin again for an error of its own', async () => {
    let attempts = 0;
    const failing = transact(database.source, () => {
      attempts += 1;
      return Promise.reject(new Error('mine'));
    });
    await expect(failing).rejects.toThrow('mine');
    expect(attempts).toBe(1);
  });
});
