import { adminCalls, type AdminCallName, type ProjectId, type TenantId } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { brokersHere, developer, errorOf, platformAdmin, Stand, tenantAdmin } from './stand';

const unique = (word: string): string => `${word}-${newId().slice(-12)}`;

jest.setTimeout(60_000);

describe.each(brokersHere())('the admin door over %s', (kind) => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await Stand.open(kind);
    await stand.call('admin.site.create', { name: 'lab', platform: 'vsphere' });
  });
  afterAll(() => stand.close());

  const aTenant = async (): Promise<TenantId> =>
    (await stand.call('admin.tenant.create', { name: unique('tenant') })).id;
  const aProject = async (tenantId: TenantId): Promise<ProjectId> =>
    (await stand.call('admin.project.create', { tenantId, name: unique('project'), site: 'lab' })).id;

  const id = newId();
  const inputs = (tenantId: TenantId, projectId: ProjectId): Partial<Record<AdminCallName, unknown>> => ({
    'admin.tenant.create': { name: 'x' },
    'admin.project.create': { tenantId, name: 'x', site: 'lab' },
    'admin.project.update': { id: projectId, name: 'x' },
    'admin.site.create': { name: 'x', platform: 'vsphere' },
    'admin.site.update': { name: 'lab', draining: true },
    'admin.image.create': { name: 'x', templates: {} },
    'admin.image.update': { id, templates: {} },
    'admin.size.create': { name: 'x', cpus: 1, memoryMib: 1024 },
    'admin.size.update': { name: 'x', visibility: 'all' },
    'admin.publisher.create': { userId: 'x', tenantId },
    'admin.rate.create': { vcpuHourMicros: 1, memoryGibHourMicros: 1, diskGibHourMicros: 1 },
    'admin.policy.create': { tenantId, name: 'x', when: 'true', effect: { kind: 'approve' } },
    'admin.policy.try': { tenantId, against: { last: 1 } },
    'admin.quota.set': { scope: 'project', id: projectId, limits: {} },
    'journal.read': { afterPosition: 0, limit: 1 },
    'dead.list': { limit: 1 },
    'dead.replay': { id },
  });
  const forTenantAdmins = [
    'admin.project.create',
    'admin.project.update',
    'admin.quota.set',
    'admin.policy.create',
    'admin.policy.try',
  ];

  it('denies a developer everything', async () => {
    const tenantId = await aTenant();
    for (const [name, input] of Object.entries(inputs(tenantId, await aProject(tenantId)))) {
      const refusal = await errorOf(stand.callRaw(name, { actor: developer(tenantId), input }));
      expect([name, refusal.code]).toEqual([name, 'PERMISSION_DENIED']);
    }
  });

  it("finds nothing of another tenant for a tenant's administrator, and denies what is the platform's", async () => {
    const tenantId = await aTenant();
    const stranger = tenantAdmin(await aTenant());
    for (const [name, input] of Object.entries(inputs(tenantId, await aProject(tenantId)))) {
      const refusal = await errorOf(stand.callRaw(name, { actor: stranger, input }));
      expect([name, refusal.code]).toEqual([name, forTenantAdmins.includes(name) ? 'NOT_FOUND' : 'PERMISSION_DENIED']);
    }
  });

  it('says the same of what is not there and of what belongs to others', async () => {
    const stranger = tenantAdmin(await aTenant());
    const [theirs, nobodys] = [await aProject(await aTenant()), newId()];
    const text = async (project: string): Promise<string> =>
      (await stand.refusal('admin.project.update', { id: project, name: 'x' }, stranger)).message.replace(project, '?');
    expect(await text(theirs)).toBe(await text(nobodys));
  });

  it("denies a tenant's administrator who claims the platform's role", async () => {
    const actor = { ...tenantAdmin(await aTenant()), roles: ['tenant-admin', 'platform-admin'] };
    expect(await stand.refusal('admin.tenant.create', { name: 'x' }, actor)).toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });

  it('refuses what is no call, and a call without an actor', async () => {
    const call = { actor: platformAdmin, input: {} };
    expect(await errorOf(stand.callRaw('admin.tenant.destroy', call))).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await errorOf(stand.callRaw('constructor', call))).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await errorOf(stand.callRaw('dead.list', { input: { limit: 1 } }))).toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });

  it('denies every call of a broker user that is no gateway', async () => {
    const stranger = await stand.connectAs('stranger');
    for (const name of Object.keys(adminCalls)) {
      const refusal = await errorOf(stand.callRaw(name, { actor: platformAdmin, input: {} }, stranger));
      expect([name, refusal.code]).toEqual([name, 'PERMISSION_DENIED']);
    }
  });
});
