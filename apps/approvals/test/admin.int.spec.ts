import type { ProjectId, SiteName, TenantId } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { brokersHere, Stand, tenantAdmin } from './stand';

const aString: unknown = expect.any(String);

const site = (name: string): SiteName => name as SiteName;
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

  /** What the journal says of one subject, oldest first. */
  const told = (noun: string, id: string): Promise<{ action: string; actor: string; seq: number; doc: unknown }[]> =>
    stand.database.source.query(
      `SELECT action, actor, seq, doc FROM approvals.journal WHERE noun = $1 AND subject = $2 ORDER BY seq`,
      [noun, id],
    );

  describe('for tenants', () => {
    it('creates one with its quota, and tells both', async () => {
      const name = unique('Zoë & Söhne');
      const tenant = await stand.call('admin.tenant.create', { name: ` ${name} ` });
      expect(tenant).toEqual({ id: aString, name, createdAt: aString, seq: 1 });
      expect(await told('tenant', tenant.id)).toEqual([{ action: 'created', actor: 'root', seq: 1, doc: tenant }]);
      expect(await told('quota', tenant.id)).toEqual([
        {
          action: 'created',
          actor: 'root',
          seq: 1,
          doc: expect.objectContaining({ scope: 'tenant', limits: {} }) as unknown,
        },
      ]);
    });

    it('refuses a name that is taken', async () => {
      const name = unique('tenant');
      await stand.call('admin.tenant.create', { name });
      const refusal = await stand.refusal('admin.tenant.create', { name });
      expect(refusal.code).toBe('CONFLICT');
      expect(refusal.message).toContain(name);
    });

    it.each([{ name: '' }, { name: 'x'.repeat(101) }, { name: 'a\u0000b' }, {}, { name: 'a', colour: 'red' }])(
      'refuses the body %j',
      async (input) => {
        expect(await stand.refusal('admin.tenant.create', input as never)).toMatchObject({ code: 'INVALID_REQUEST' });
      },
    );
  });

  describe('for projects', () => {
    it('creates one bound to a site, with its quota', async () => {
      const tenantId = await aTenant();
      const project = await stand.call(
        'admin.project.create',
        { tenantId, name: 'web', site: 'lab' },
        tenantAdmin(tenantId),
      );
      expect(project).toMatchObject({
        tenantId,
        name: 'web',
        site: 'lab',
        platform: 'vsphere',
        policy: { approvalTtlHours: 72, onExpiry: 'reject' },
        seq: 1,
      });
      expect(await told('project', project.id)).toEqual([{ action: 'created', actor: 'tina', seq: 1, doc: project }]);
      expect(await told('quota', project.id)).toHaveLength(1);
    });

    it('refuses a second one of the same name in the tenant, but not in another', async () => {
      const [tenantId, other] = [await aTenant(), await aTenant()];
      await stand.call('admin.project.create', { tenantId, name: 'web', site: 'lab' });
      await stand.call('admin.project.create', { tenantId: other, name: 'web', site: 'lab' });
      expect(await stand.refusal('admin.project.create', { tenantId, name: 'web', site: 'lab' })).toMatchObject({
        code: 'CONFLICT',
      });
    });

    it('refuses an unknown tenant or site and names it', async () => {
      const tenantId = await aTenant();
      const body = { tenantId, name: 'web', site: 'lab' };
      expect(await stand.refusal('admin.project.create', { ...body, site: 'moon' })).toMatchObject({
        code: 'NOT_FOUND',
        details: [{ pointer: '/site', message: 'site moon is not registered' }],
      });
      expect(await stand.refusal('admin.project.create', { ...body, tenantId: newId() })).toMatchObject({
        code: 'NOT_FOUND',
        details: [{ pointer: '/tenantId', message: aString }],
      });
    });

    it('changes name and policy, each alone', async () => {
      const tenantId = await aTenant();
      const id = await aProject(tenantId);
      const actor = tenantAdmin(tenantId);
      const policy = { autoApprove: { maxVcpus: 4 } };
      const first = await stand.call('admin.project.update', { id, policy }, actor);
      expect(first).toMatchObject({ seq: 2, policy: { autoApprove: { maxVcpus: 4 }, onExpiry: 'reject' } });
      const second = await stand.call('admin.project.update', { id, name: 'renamed' }, actor);
      expect(second).toMatchObject({ seq: 3, name: 'renamed', policy: first.policy });
      expect((await told('project', id)).map((row) => row.action)).toEqual(['created', 'updated', 'updated']);
    });

    it('refuses a new name that is taken', async () => {
      const tenantId = await aTenant();
      const [one, two] = [await aProject(tenantId), await aProject(tenantId)];
      await stand.call('admin.project.update', { id: one, name: 'one' });
      expect(await stand.refusal('admin.project.update', { id: two, name: 'one' })).toMatchObject({ code: 'CONFLICT' });
    });
  });

  describe('for sites', () => {
    it('registers one with empty resources and its queues', async () => {
      const name = site(unique('site'));
      const created = await stand.call('admin.site.create', { name, platform: 'proxmox', maxConcurrent: 3 });
      expect(created).toMatchObject({ name, platform: 'proxmox', state: 'registered', maxConcurrent: 3, seq: 1 });
      expect(await told('site-resources', name)).toEqual([
        expect.objectContaining({ doc: { site: name, pools: [], observedAt: null, seq: 0 } }) as unknown,
      ]);
      const provisioner = await stand.connectAs('dcm');
      const consumer = await provisioner.consume(
        { queue: `provisioner.proxmox.${name}`, prefetch: 1 },
        () => undefined,
      );
      await consumer.close();
    });

    it('changes and drains one', async () => {
      const name = site(unique('site'));
      await stand.call('admin.site.create', { name, platform: 'proxmox' });
      expect(await stand.call('admin.site.update', { name, maxConcurrent: 2 })).toMatchObject({
        maxConcurrent: 2,
        seq: 2,
      });
      expect(await stand.call('admin.site.update', { name, draining: true })).toMatchObject({
        state: 'draining',
        seq: 3,
      });
      expect(await stand.call('admin.site.update', { name, draining: false })).toMatchObject({ state: 'registered' });
    });

    it('refuses a name that is taken, and to change one that is not there', async () => {
      expect(await stand.refusal('admin.site.create', { name: 'lab', platform: 'vsphere' })).toMatchObject({
        code: 'CONFLICT',
      });
      expect(await stand.refusal('admin.site.update', { name: 'moon', draining: true })).toMatchObject({
        code: 'NOT_FOUND',
      });
      expect(await stand.refusal('admin.site.create', { name: 'Not.A.Word', platform: 'vsphere' })).toMatchObject({
        code: 'INVALID_REQUEST',
      });
    });
  });

  describe('for images and sizes', () => {
    it('names an image, and merges templates', async () => {
      const [second, name] = [site(unique('site')), unique('debian')];
      await stand.call('admin.site.create', { name: second, platform: 'proxmox' });
      const image = await stand.call('admin.image.create', { name, templates: { [site('lab')]: 'tpl-debian' } });
      expect(image).toMatchObject({ name, templates: { lab: 'tpl-debian' }, seq: 1 });
      const more = await stand.call('admin.image.update', { id: image.id, templates: { [second]: '9000' } });
      expect(more).toMatchObject({ templates: { lab: 'tpl-debian', [second]: '9000' }, seq: 2 });
      const less = await stand.call('admin.image.update', { id: image.id, templates: { [site('lab')]: null } });
      expect(less.templates).toEqual({ [second]: '9000' });
      expect(await told('image', image.id)).toHaveLength(3);
    });

    it('refuses an image whose name is taken, whose site is unknown, or that is not there', async () => {
      const name = unique('debian');
      await stand.call('admin.image.create', { name, templates: {} });
      expect(await stand.refusal('admin.image.create', { name, templates: {} })).toMatchObject({ code: 'CONFLICT' });
      expect(
        await stand.refusal('admin.image.create', { name: unique('x'), templates: { [site('moon')]: 'x' } }),
      ).toMatchObject({ code: 'NOT_FOUND', details: [{ pointer: '/templates/moon' }] });
      expect(await stand.refusal('admin.image.update', { id: newId(), templates: {} })).toMatchObject({
        code: 'NOT_FOUND',
      });
    });

    it('creates a size, once', async () => {
      const size = { name: unique('small'), cpus: 2, memoryMib: 2048 };
      expect(await stand.call('admin.size.create', size)).toEqual({ ...size, visibility: 'all', seq: 1 });
      expect(await stand.refusal('admin.size.create', size)).toMatchObject({ code: 'CONFLICT' });
    });
  });

  describe('for publishers', () => {
    it('registers a broker user for a tenant, once', async () => {
      const tenantId = await aTenant();
      const userId = unique('erp');
      const publisher = await stand.call('admin.publisher.create', { userId, tenantId });
      expect(publisher).toMatchObject({ userId, tenantId, relay: false, seq: 1 });
      expect(await stand.refusal('admin.publisher.create', { userId, tenantId })).toMatchObject({ code: 'CONFLICT' });
    });

    it('refuses an unknown tenant', async () => {
      const refusal = await stand.refusal('admin.publisher.create', { userId: 'x', tenantId: newId() });
      expect(refusal).toMatchObject({ code: 'NOT_FOUND', details: [{ pointer: '/tenantId' }] });
    });

    it('lets a relay speak for a tenant as well, and for one only', async () => {
      const [tenantId, userId] = [await aTenant(), stand.gateway.userId];
      expect((await told('publisher', userId)).map((row) => [row.action, row.doc])).toEqual([
        ['relay', expect.objectContaining({ relay: true, tenantId: null })],
      ]);
      const publisher = await stand.call('admin.publisher.create', { userId, tenantId });
      expect(publisher).toMatchObject({ userId, tenantId, relay: true, seq: 2 });
      const again = { userId, tenantId: await aTenant() };
      expect(await stand.refusal('admin.publisher.create', again)).toMatchObject({ code: 'CONFLICT' });
    });
  });

  describe('for quotas', () => {
    it('sets the limits of a tenant and of its project', async () => {
      const tenantId = await aTenant();
      const id = await aProject(tenantId);
      const ofTenant = await stand.call('admin.quota.set', { scope: 'tenant', id: tenantId, limits: { vms: 10 } });
      expect(ofTenant).toMatchObject({ id: tenantId, scope: 'tenant', tenantId, limits: { vms: 10 }, seq: 2 });
      const limits = { vms: 10, vcpus: 8 };
      const ofProject = await stand.call('admin.quota.set', { scope: 'project', id, limits }, tenantAdmin(tenantId));
      expect(ofProject).toMatchObject({ id, scope: 'project', tenantId, limits, used: { vms: 0 } });
      expect((await told('quota', id)).map((row) => [row.action, row.actor])).toEqual([
        ['created', 'root'],
        ['limits', 'tina'],
      ]);
    });

    it("refuses limits of a project above its tenant's, whichever is set", async () => {
      const tenantId = await aTenant();
      const id = await aProject(tenantId);
      await stand.call('admin.quota.set', { scope: 'tenant', id: tenantId, limits: { vms: 10 } });
      expect(await stand.refusal('admin.quota.set', { scope: 'project', id, limits: { vms: 11 } })).toMatchObject({
        code: 'CONFLICT',
        details: [{ pointer: '/limits/vms', message: 'the project would have 11 vms, its tenant only 10' }],
      });
      await stand.call('admin.quota.set', { scope: 'project', id, limits: { vms: 10 } });
      expect(
        await stand.refusal('admin.quota.set', { scope: 'tenant', id: tenantId, limits: { vms: 9 } }),
      ).toMatchObject({
        code: 'CONFLICT',
      });
    });

    it('refuses a scope that is not there, or that is of the other kind', async () => {
      const tenantId = await aTenant();
      const missing = { code: 'NOT_FOUND' };
      expect(await stand.refusal('admin.quota.set', { scope: 'tenant', id: newId(), limits: {} })).toMatchObject(
        missing,
      );
      expect(await stand.refusal('admin.quota.set', { scope: 'project', id: tenantId, limits: {} })).toMatchObject(
        missing,
      );
    });
  });

  describe('for readers of the journal', () => {
    it('gives changed states from a position on, with the head', async () => {
      const tenantId = await aTenant();
      const gateway = { principal: 'gateway', tenantId: null, roles: ['service'] };
      const read = async (afterPosition: number) => stand.call('journal.read', { afterPosition, limit: 1000 }, gateway);
      let answer = await read(0);
      while (!answer.rows.some((row) => row.id === tenantId)) answer = await read(0);
      expect(answer.rows.map((row) => row.position)).toEqual(answer.rows.map((_, index) => index + 1));
      expect(answer.head).toBe(answer.rows.length);
      const [last] = (await read(answer.head - 1)).rows;
      expect(last).toEqual(answer.rows.at(-1));
    });

    it('refuses limits out of range', async () => {
      expect(await stand.refusal('journal.read', { afterPosition: -1, limit: 5000 })).toMatchObject({
        code: 'INVALID_REQUEST',
        details: [{ pointer: '/afterPosition' }, { pointer: '/limit' }],
      });
    });
  });

  describe('for operations', () => {
    it('finds no operation to cancel and no approval to decide', async () => {
      expect(await stand.refusal('admin.operation.cancel', { operationId: newId() })).toMatchObject({
        code: 'NOT_FOUND',
      });
      const decision = { approvalId: newId(), decision: 'approve', planHash: 'x' } as const;
      expect(await stand.refusal('approval.decide', decision)).toMatchObject({ code: 'NOT_FOUND' });
    });
  });
});
