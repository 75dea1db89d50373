import {
  noAmount,
  type DcmError,
  type ProjectId,
  type Quota,
  type ResourceAmount,
  type TenantId,
  type VmId,
} from '@dcm/contracts';
import { createLog, newId } from '@dcm/runtime';
import type { Broker } from '@dcm/messaging';
import { transact } from '../src/database/transaction.repository';
import { ChangeService } from '../src/journal/change.service';
import { JournalRelay } from '../src/journal/journal.relay';
import { JournalRepository } from '../src/journal/journal.repository';
import { PositionRepository } from '../src/journal/position.repository';
import { Admission } from '../src/policies/admission.policy';
import { LedgerRepository, type Hold } from '../src/quota/ledger.repository';
import { QuotaRepository } from '../src/quota/quota.repository';
import { QuotaSweeper } from '../src/quota/quota.sweeper';
import { createTestDatabase, type TestDatabase } from './test-database';

const quotas = new QuotaRepository();
const ledger = new LedgerRepository(quotas);
const journal = new JournalRepository();
const log = createLog('test', 'silent');

const some = (fields: Partial<ResourceAmount> = {}): ResourceAmount => ({
  ...noAmount,
  vcpus: 2,
  memoryMib: 2048,
  diskGib: 10,
  vms: 1,
  ...fields,
});

jest.setTimeout(60_000);

describe('the quota ledger', () => {
  let database: TestDatabase;
  let tenantId: TenantId;
  let projectId: ProjectId;

  beforeAll(async () => {
    database = await createTestDatabase(30);
    await database.source.query(
      `INSERT INTO approvals.site (name, platform, max_concurrent) VALUES ('lab', 'vsphere', 8)`,
    );
  });
  afterAll(() => database.drop());

  const newProject = async (): Promise<ProjectId> => {
    const id = newId() as ProjectId;
    await database.source.query(
      `INSERT INTO approvals.project (id, tenant_id, name, site, policy) VALUES ($1, $2, $3, 'lab', '{}')`,
      [id, tenantId, id],
    );
    await database.source.transaction((manager) => quotas.create(manager, 'project', id, tenantId));
    return id;
  };
  beforeEach(async () => {
    tenantId = newId() as TenantId;
    await database.source.query('INSERT INTO approvals.tenant (id, name) VALUES ($1, $2)', [tenantId, tenantId]);
    await database.source.transaction((manager) => quotas.create(manager, 'tenant', tenantId, tenantId));
    projectId = await newProject();
  });

  const setLimits = (id: string, limits: Quota['limits']): Promise<void> =>
    database.source.transaction(async (manager) => {
      const [quota] = await quotas.lock(manager, [id]);
      await quotas.setLimits(manager, { ...quota!, limits, seq: quota!.seq + 1 });
    });
  const read = (id: string): Promise<Quota> =>
    database.source.transaction(async (manager) => (await quotas.lock(manager, [id]))[0]!);
  const aHold = (fields: Partial<Hold> = {}): Hold => ({
    vmId: newId() as VmId,
    tenantId,
    projectId,
    amounts: some(),
    ...fields,
  });
  const hold = async (fields: Partial<Hold> = {}): Promise<VmId> => {
    const one = aHold(fields);
    await transact(database.source, (manager) => ledger.hold(manager, one));
    return one.vmId;
  };

  it('admits exactly 25 of 200 parallel requests for 25 places', async () => {
    await setLimits(projectId, { vms: 25 });
    const results = await Promise.allSettled(Array.from({ length: 200 }, () => hold()));
    const refused = results.filter((result) => result.status === 'rejected').map((result) => result.reason as DcmError);
    expect(results.length - refused.length).toBe(25);
    expect(new Set(refused.map((error) => error.code))).toEqual(new Set(['QUOTA_EXCEEDED']));
    expect((await read(projectId)).held).toEqual({
      ...noAmount,
      vcpus: 50,
      memoryMib: 51_200,
      diskGib: 250,
      vms: 25,
    });
    expect((await read(tenantId)).held.vms).toBe(25);
  });

  it("admits exactly the tenant's places over all its projects", async () => {
    await setLimits(tenantId, { vcpus: 20 });
    const projects = [projectId, await newProject(), await newProject()];
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) => hold({ projectId: projects[index % 3]! })),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(10);
    expect((await read(tenantId)).held.vcpus).toBe(20);
  });

  it("admits exactly the tenant's places when only what has limits is locked", async () => {
    await setLimits(tenantId, { vms: 10 });
    const projects = [projectId, await newProject(), await newProject()];
    const admit = (one: Hold): Promise<boolean> =>
      transact(database.source, async (manager) => {
        const scopeIds = [one.tenantId, one.projectId];
        const fits = new Admission(await ledger.lockLimited(manager, scopeIds)).admit(scopeIds, one.amounts) === null;
        if (fits) await ledger.holdAll(manager, [one]);
        return fits;
      });
    const admitted = await Promise.all(
      Array.from({ length: 60 }, (_, index) => admit(aHold({ projectId: projects[index % 3]! }))),
    );
    expect(admitted.filter(Boolean)).toHaveLength(10);
    expect((await read(tenantId)).held.vms).toBe(10);
  });

  it('names scope, dimension and figures of everything that does not fit', async () => {
    await setLimits(tenantId, { memoryMib: 4096 });
    await setLimits(projectId, { vcpus: 3, diskGib: 10 });
    await hold();
    const error = await hold({ amounts: some({ memoryMib: 2049 }) }).catch((reason: unknown) => reason as DcmError);
    expect(error).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      details: [
        { pointer: '/memoryMib', message: 'tenant quota of memoryMib: limit 4096, in use 2048, asked 2049' },
        { pointer: '/cpus', message: 'project quota of vcpus: limit 3, in use 2, asked 2' },
        { pointer: '/disks', message: 'project quota of diskGib: limit 10, in use 10, asked 10' },
      ],
    });
    expect((await read(projectId)).held.vms).toBe(1);
  });

  it('moves amounts from held to used when the VM is seen, and gives all back on release', async () => {
    const vmId = await hold();
    await transact(database.source, (manager) => ledger.use(manager, [{ vmId, amounts: some({ diskGib: 12 }) }]));
    expect(await read(projectId)).toMatchObject({ held: noAmount, used: some({ diskGib: 12 }) });
    const releases = [];
    for (let n = 0; n < 2; n++)
      releases.push(await transact(database.source, (manager) => ledger.release(manager, [vmId])));
    expect(releases).toEqual([1, 0]);
    expect(await read(tenantId)).toMatchObject({ held: noAmount, used: noAmount });
  });

  it('moves many at once, each by its own amounts, and says how many it found', async () => {
    const [seen, resized] = [await hold(), await hold()];
    const uses = [{ vmId: seen }, { vmId: resized, amounts: some({ vcpus: 8 }) }, { vmId: newId() as VmId }];
    expect(await transact(database.source, (manager) => ledger.use(manager, uses))).toBe(2);
    expect((await read(projectId)).used).toEqual(some({ vcpus: 10, memoryMib: 4096, diskGib: 20, vms: 2 }));
    expect(await transact(database.source, (manager) => ledger.release(manager, [seen, resized]))).toBe(2);
    expect(await read(projectId)).toMatchObject({ held: noAmount, used: noAmount });
  });

  it('keeps the larger amounts when the outcome is not known', async () => {
    const vmId = await hold();
    await transact(database.source, (manager) =>
      ledger.raise(manager, [{ vmId, amounts: some({ vcpus: 1, memoryMib: 9000 }) }]),
    );
    expect((await read(projectId)).held).toEqual(some({ memoryMib: 9000 }));
  });

  it('takes back what exists although it does not fit any more', async () => {
    await setLimits(projectId, { vms: 1 });
    await hold();
    await transact(database.source, (manager) => ledger.rehold(manager, [aHold()]));
    expect(await read(projectId)).toMatchObject({ held: some(), used: some() });
  });

  it('finds no quota for a project of another tenant', async () => {
    await expect(hold({ tenantId: newId() as TenantId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const others = projectId;
    tenantId = newId() as TenantId;
    await database.source.query('INSERT INTO approvals.tenant (id, name) VALUES ($1, $2)', [tenantId, tenantId]);
    await database.source.transaction((manager) => quotas.create(manager, 'tenant', tenantId, tenantId));
    await expect(hold({ projectId: others })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  const newSweeper = (): QuotaSweeper => {
    const relay = new JournalRelay(database.source, {} as Broker, log, new PositionRepository());
    const changes = new ChangeService(database.source, { forward: () => undefined }, journal, relay);
    return new QuotaSweeper(database.source, log, quotas, changes);
  };
  const tellings = (): Promise<{ subject: string; doc: Quota }[]> =>
    database.source.query(`SELECT subject, doc FROM approvals.journal WHERE tenant_id = $1 ORDER BY id`, [tenantId]);

  it('tells last what is last when several processes tell while requests move and limits change', async () => {
    const sweepers = Array.from({ length: 4 }, newSweeper);
    const limits = Array.from({ length: 5 }, (_, n) => n + 100);
    await Promise.all([
      ...Array.from({ length: 40 }, () => hold()),
      ...limits.map((vms) => setLimits(projectId, { vms })),
      ...Array.from({ length: 20 }, (_, n) => sweepers[n % sweepers.length]?.sweep()),
    ]);
    await hold();
    await newSweeper().sweep();
    const told = await tellings();
    for (const scope of [tenantId, projectId]) {
      const ofScope = told.filter(({ subject, doc }) => subject === scope && doc.seq > 1).map(({ doc }) => doc);
      const last = ofScope.reduce((latest, doc) => (doc.seq > latest.seq ? doc : latest));
      expect(new Set(ofScope.map(({ seq }) => seq)).size).toBe(ofScope.length);
      expect(last).toMatchObject({ held: { vms: 41 }, limits: (await read(scope)).limits });
    }
  });

  it('tells many movements as one change per scope with the sums of now, and is silent when nothing moved', async () => {
    const sweeper = newSweeper();
    await sweeper.sweep();
    const before = (await tellings()).length;
    const vms = await Promise.all(Array.from({ length: 20 }, () => hold()));
    await transact(database.source, (manager) => ledger.use(manager, [{ vmId: vms[0]! }]));
    await sweeper.sweep();
    await sweeper.sweep();
    const told = (await tellings()).slice(before);
    expect(told.map((row) => row.subject)).toEqual([tenantId, projectId]);
    for (const { doc } of told) expect(doc).toMatchObject({ held: { vms: 19 }, used: { vms: 1 } });
    expect(told[1]?.doc).toEqual(await read(projectId));
  });
});
