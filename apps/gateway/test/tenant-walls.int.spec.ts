import { roles, routes, type Role, type Route, type RouteName } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import {
  anApproval,
  anImage,
  anOperation,
  aPolicy,
  aProject,
  aPublisher,
  aQuota,
  aRate,
  aSite,
  aSize,
  aSnapshot,
  aTenant,
  aVm,
} from './docs';
import { aBody, Scene, type CallOptions, type TestTenant } from './scene';

jest.setTimeout(60_000);

type Owner = 'own' | 'other';
interface Things {
  readonly tenant: TestTenant;
  readonly vmId: string;
  readonly operationId: string;
  readonly approvalId: string;
  readonly policyId: string;
  readonly tokenId: string;
  readonly webhookId: string;
  /** To be deleted. */
  readonly spareWebhookId: string;
  readonly deliveryId: string;
}

/** Nothing is ever sent there: the name does not exist. */
const hookUrl = 'https://hook.invalid/';
const aRule = { name: 'x', when: 'true', effect: { kind: 'approve' } };

/** What belongs to whom: routes whose thing lies in a tenant, and how it is named in the call. */
const inTenant: Partial<Record<RouteName, (things: Things) => CallOptions>> = {
  getTenant: ({ tenant }) => ({ params: { id: tenant.id } }),
  createProject: ({ tenant }) => ({ body: { tenantId: tenant.id, name: 'x', site: 'vsphere-demo' } }),
  getProject: ({ tenant }) => ({ params: { id: tenant.projectId } }),
  updateProject: ({ tenant }) => ({ params: { id: tenant.projectId }, body: { name: 'y' } }),
  getProjectQuota: ({ tenant }) => ({ params: { id: tenant.projectId } }),
  setProjectQuota: ({ tenant }) => ({ params: { id: tenant.projectId }, body: { limits: {} } }),
  getTenantQuota: ({ tenant }) => ({ params: { id: tenant.id } }),
  setTenantQuota: ({ tenant }) => ({ params: { id: tenant.id }, body: { limits: {} } }),
  createPolicy: ({ tenant }) => ({ body: { tenantId: tenant.id, ...aRule } }),
  getPolicy: ({ policyId }) => ({ params: { id: policyId } }),
  replacePolicy: ({ policyId }) => ({ params: { id: policyId }, body: aRule }),
  deletePolicy: ({ policyId }) => ({ params: { id: policyId } }),
  tryPolicies: ({ tenant }) => ({ body: { tenantId: tenant.id, against: { last: 1 } } }),
  createVm: ({ tenant }) => ({ body: aBody(tenant.projectId) }),
  createQuotes: ({ tenant }) => ({ body: aBody(tenant.projectId) }),
  getVm: ({ vmId }) => ({ params: { id: vmId } }),
  powerVm: ({ vmId }) => ({ params: { id: vmId }, body: { action: 'ON' } }),
  resizeVm: ({ vmId }) => ({ params: { id: vmId }, body: { cpus: 4 } }),
  listSnapshots: ({ vmId }) => ({ params: { id: vmId } }),
  createSnapshot: ({ vmId }) => ({ params: { id: vmId }, body: { name: 'before' } }),
  revertSnapshot: ({ vmId }) => ({ params: { id: vmId, snapshotId } }),
  removeSnapshot: ({ vmId }) => ({ params: { id: vmId, snapshotId } }),
  openConsole: ({ vmId }) => ({ params: { id: vmId } }),
  deleteVm: ({ vmId }) => ({ params: { id: vmId } }),
  getOperation: ({ operationId }) => ({ params: { id: operationId } }),
  cancelOperation: ({ operationId }) => ({ params: { id: operationId } }),
  retryOperation: ({ operationId }) => ({ params: { id: operationId } }),
  resubmitOperation: ({ operationId }) => ({ params: { id: operationId } }),
  getApproval: ({ approvalId }) => ({ params: { id: approvalId } }),
  decideApproval: ({ approvalId }) => ({ params: { id: approvalId }, body: { decision: 'approve', planHash: 'h' } }),
  createToken: ({ tenant }) => ({ body: { principal: 'p', tenantId: tenant.id, roles: ['developer'] } }),
  revokeToken: ({ tokenId }) => ({ params: { id: tokenId } }),
  createWebhook: ({ tenant }) => ({ body: { tenantId: tenant.id, url: hookUrl, events: ['vm.changed'] } }),
  getWebhook: ({ webhookId }) => ({ params: { id: webhookId } }),
  updateWebhook: ({ webhookId }) => ({ params: { id: webhookId }, body: { description: 'y' } }),
  deleteWebhook: ({ spareWebhookId }) => ({ params: { id: spareWebhookId } }),
  testWebhook: ({ webhookId }) => ({ params: { id: webhookId } }),
  rotateWebhookSecret: ({ webhookId }) => ({ params: { id: webhookId }, body: {} }),
  listWebhookChanges: ({ webhookId }) => ({ params: { id: webhookId } }),
  listWebhookDeliveries: ({ webhookId }) => ({ params: { id: webhookId } }),
  redeliverWebhook: ({ webhookId, deliveryId }) => ({ params: { id: webhookId, deliveryId } }),
};

/** Routes whose thing belongs to the platform. */
const ofPlatform: Partial<Record<RouteName, () => CallOptions>> = {
  createTenant: () => ({ body: { name: 'x' } }),
  createSite: () => ({ body: { name: 's', platform: 'vsphere' } }),
  getSite: () => ({ params: { name: 'vsphere-demo' } }),
  scanSite: () => ({ params: { name: 'vsphere-demo' } }),
  updateSite: () => ({ params: { name: 'vsphere-demo' }, body: { draining: true } }),
  getSiteResources: () => ({ params: { name: 'vsphere-demo' } }),
  createImage: () => ({ body: { name: 'x', templates: {} } }),
  updateImage: () => ({ params: { id: imageId }, body: { templates: {} } }),
  getImage: () => ({ params: { id: imageId } }),
  createSize: () => ({ body: { name: 'x', cpus: 1, memoryMib: 1024 } }),
  getSize: () => ({ params: { name: 'small' } }),
  updateSize: () => ({ params: { name: 'small' }, body: { visibility: 'all' } }),
  createRate: () => ({ body: { vcpuHourMicros: 1, memoryGibHourMicros: 1, diskGibHourMicros: 1 } }),
  createPublisher: () => ({ body: { userId: 'x', tenantId: newId() } }),
  listDeadLetters: () => ({}),
  replayDeadLetter: () => ({ params: { id: newId() } }),
};
/** Lists of what belongs to one thing. */
const partsOf = new Set(['listDeadLetters', 'listSnapshots', 'listWebhookChanges', 'listWebhookDeliveries']);
const lists = (Object.keys(routes) as RouteName[]).filter((name) => name.startsWith('list') && !partsOf.has(name));
const elsewhere: readonly RouteName[] = [
  'streamEvents',
  'openApi',
  'live',
  'ready',
  'metrics',
  'getPerson',
  'setPerson',
  'deletePerson',
  'showApprovalLink',
  'decideApprovalLink',
];
const imageId = newId();
const snapshotId = newId();

const allows = (route: Route, role: Role): boolean => route.roles === 'public' || route.roles.includes(role);

/** What a caller of a tenant gets for a thing that is there. */
const expectation = (name: RouteName, role: Role, owner: Owner): number => {
  const route: Route = routes[name];
  if (!allows(route, role)) return 403;
  return owner === 'other' ? 404 : route.status;
};

describe('the walls between tenants', () => {
  let scene: Scene;
  let own: Things;
  let other: Things;
  const tokens = new Map<Role, string>();

  const things = async (name: string): Promise<Things> => {
    const tenant = await scene.tenant(name);
    const place = { tenantId: tenant.id, projectId: tenant.projectId };
    const vm = aVm({ ...place, snapshots: [aSnapshot({ id: snapshotId })] });
    const operation = anOperation({ ...place, vmId: vm.id });
    const approval = anApproval({ ...place, vmId: vm.id, operationId: operation.id });
    await scene.approvals.change('vm', vm.id, vm);
    await scene.approvals.change('operation', operation.id, operation);
    await scene.approvals.change('approval', approval.id, approval);
    await scene.approvals.change('quota', tenant.id, aQuota({ id: tenant.id, scope: 'tenant', tenantId: tenant.id }));
    await scene.approvals.change('quota', tenant.projectId, aQuota({ id: tenant.projectId, tenantId: tenant.id }));
    await scene.approvals.change(
      'publisher',
      `erp-${name}`,
      aPublisher({ userId: `erp-${name}`, tenantId: tenant.id }),
    );
    const policy = aPolicy({ tenantId: tenant.id });
    await scene.approvals.change('policy', policy.id, policy);
    const token = await scene.token(tenant.id, ['developer'], 'victim');
    const hook = async (): Promise<string> => {
      const body = { url: hookUrl, events: ['quota.changed'], description: 'victim' };
      return (await scene.call<{ id: string }>('createWebhook', { body, token: tenant.token })).body.id;
    };
    const webhookId = await hook();
    const test = { params: { id: webhookId }, token: tenant.token };
    const deliveryId = (await scene.call<{ id: string }>('testWebhook', test)).body.id;
    return {
      webhookId,
      spareWebhookId: await hook(),
      deliveryId,
      tenant,
      vmId: vm.id,
      operationId: operation.id,
      approvalId: approval.id,
      policyId: policy.id,
      tokenId: token.split('_')[1] ?? '',
    };
  };

  beforeAll(async () => {
    scene = await Scene.open();
    own = await things('own');
    other = await things('other');
    await scene.approvals.change('image', imageId, anImage({ id: imageId }));
    await scene.projected();
    const rate = aRate();
    await scene.approvals.change('rate', rate.id, rate);
    await scene.projected();
    for (const role of roles) {
      tokens.set(role, await scene.token(role === 'platform-admin' ? null : own.tenant.id, [role], role));
    }
    const { answer } = { answer: scene.approvals.answer.bind(scene.approvals) };
    answer('admin.tenant.create', () => aTenant());
    answer('admin.project.create', (input) => aProject({ ...input, policy: {} }));
    answer('admin.project.update', (input) => aProject({ id: input['id'], tenantId: own.tenant.id }));
    answer('admin.site.create', () => aSite({ name: 's' }));
    answer('admin.site.update', () => aSite());
    answer('admin.site.scan', () => aSite());
    answer('quote', () => ({ quotes: [] }));
    answer('admin.vm.console', () => ({ url: 'https://screen.test/1', expiresAt: new Date().toISOString() }));
    answer('admin.image.create', () => anImage());
    answer('admin.image.update', () => anImage({ id: imageId }));
    answer('admin.size.create', () => ({ name: 'x', cpus: 1, memoryMib: 1024, seq: 1 }));
    answer('admin.size.update', () => aSize());
    answer('admin.rate.create', () => aRate());
    answer('admin.publisher.create', () => aPublisher({ userId: 'x' }));
    answer('admin.quota.set', (input) => aQuota({ id: input['id'], scope: input['scope'], tenantId: own.tenant.id }));
    answer('admin.operation.cancel', (input) => anOperation({ id: input['operationId'], tenantId: own.tenant.id }));
    answer('admin.operation.retry', (input) => anOperation({ id: input['operationId'], tenantId: own.tenant.id }));
    answer('admin.operation.asked', ({ operationId }) => {
      const { doc } = scene.approvals.journal.find(({ id }) => id === operationId)!;
      return { kind: 'vm.power', data: { vmId: doc['vmId'], power: { action: 'ON' } }, secrets: [] };
    });
    answer('approval.decide', (input) => anApproval({ id: input['approvalId'], tenantId: own.tenant.id }));
    for (const name of ['create', 'replace', 'delete'] as const)
      answer(`admin.policy.${name}`, ({ id }) =>
        aPolicy({ ...(id === undefined ? {} : { id }), tenantId: own.tenant.id }),
      );
    answer('admin.policy.try', () => ({ items: [] }));
    answer('dead.list', () => ({ items: [] }));
    answer('dead.replay', (input) => ({
      id: input['id'],
      at: new Date().toISOString(),
      exchange: 'dcm.requests',
      routingKey: 'vm.create',
      queue: null,
      type: null,
      messageId: null,
      publisher: null,
      reason: 'x',
      error: null,
      body: null,
      replayedAt: null,
    }));
  });
  afterAll(() => scene.close());

  it('are looked at on every route of the table', () => {
    const covered = [...Object.keys(inTenant), ...Object.keys(ofPlatform), ...lists, ...elsewhere];
    expect(covered.sort()).toEqual(Object.keys(routes).sort());
  });

  const tenantRoles = roles.filter((role) => role !== 'platform-admin');
  const matrix = (Object.keys(inTenant) as RouteName[]).flatMap((name) =>
    tenantRoles.flatMap((role) =>
      (['other', 'own'] as const).map((owner): [RouteName, Role, Owner, number] => [
        name,
        role,
        owner,
        expectation(name, role, owner),
      ]),
    ),
  );

  it.each(matrix)('%s as %s on the %s tenant is answered %d', async (name, role, owner, status) => {
    const target = owner === 'own' ? own : other;
    const calls = scene.approvals.calls.length;
    const before = await scene.count('request');
    const answer = await scene.call(name, { ...inTenant[name]!(target), token: tokens.get(role)! });
    expect(answer.status).toBe(status);
    if (status < 400) return;
    expect(answer.body['code']).toBe(status === 403 ? 'PERMISSION_DENIED' : 'NOT_FOUND');
    expect([scene.approvals.calls.length, await scene.count('request')]).toEqual([calls, before]);
    if (owner === 'other') expect(JSON.stringify(answer.body)).not.toContain('victim');
  });

  const platformMatrix = (Object.keys(ofPlatform) as RouteName[]).flatMap((name) =>
    roles.map((role): [RouteName, Role, number] => [
      name,
      role,
      allows(routes[name], role) ? (routes[name] as Route).status : 403,
    ]),
  );
  it.each(platformMatrix)('%s as %s is answered %d', async (name, role, status) => {
    const answer = await scene.call(name, { ...ofPlatform[name]!(), token: tokens.get(role)! });
    expect(answer.status).toBe(status);
  });

  it.each(
    (Object.keys(inTenant) as RouteName[]).flatMap((name) =>
      (['own', 'other'] as const).map((owner): [RouteName, Owner] => [name, owner]),
    ),
  )('%s is open to the platform administrator on the %s tenant', async (name, owner) => {
    const target = await things(`${owner}-${name}`);
    await scene.projected();
    const answer = await scene.call(name, { ...inTenant[name]!(target), token: tokens.get('platform-admin')! });
    expect(answer.status).toBe((routes[name] as Route).status);
  });

  it.each(lists.flatMap((name) => roles.map((role): [RouteName, Role] => [name, role])))(
    '%s shows %s nothing of others',
    async (name, role) => {
      const answer = await scene.call<{ items: Record<string, unknown>[] }>(name, {
        token: tokens.get(role)!,
        query: '?pageSize=1000',
      });
      if (!allows(routes[name], role)) {
        expect(answer.status).toBe(403);
        return;
      }
      const tenants = answer.body.items.map((item) => (name === 'listTenants' ? item['id'] : item['tenantId']));
      const isOpen = ['listSites', 'listImages', 'listSizes', 'listRates'].includes(name);
      expect(answer.body.items.length).toBeGreaterThan(0);
      if (role === 'platform-admin') expect(isOpen || tenants.includes(other.tenant.id)).toBe(true);
      else expect(new Set(tenants)).toEqual(new Set(isOpen ? [undefined] : [own.tenant.id]));
    },
  );

  it('hold on every route against a caller without a token', async () => {
    for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
      if (route.roles === 'public') continue;
      const options = inTenant[name]?.(own) ?? ofPlatform[name]?.() ?? { params: { principal: 'amy' } };
      const answer = await scene.call(name, { ...options, token: '' });
      expect([name, answer.status, answer.headers.get('www-authenticate')]).toEqual([name, 401, 'Bearer realm="dcm"']);
    }
  });
});
