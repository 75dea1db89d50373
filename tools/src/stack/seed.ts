import { setTimeout as delay } from 'node:timers/promises';

/** One demo site to register, with the template behind each demo image. */
export interface DemoSite {
  readonly name: string;
  readonly platform: string;
  readonly templates: Readonly<Record<string, string>>;
}

export interface SeedInput {
  readonly gatewayUrl: string;
  readonly adminToken: string;
  /** The demo tenant's token of an earlier start, if any. */
  readonly tenantToken: string | null;
  readonly sites: readonly DemoSite[];
  /** The broker user that outside systems publish as, or null without an AMQP door. */
  readonly amqpUser: string | null;
}

export interface Seeded {
  readonly tenantId: string;
  readonly tenantToken: string;
  readonly projects: Readonly<Record<string, string>>;
}

type Named = Record<string, unknown> & { id: string; name: string };
type Call = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ status: number; body: Record<string, unknown> }>;

const demoTenant = 'demo';
const sizes = [
  { name: 'small', cpus: 1, memoryMib: 1024 },
  { name: 'medium', cpus: 2, memoryMib: 4096 },
  { name: 'large', cpus: 4, memoryMib: 8192 },
];

const caller =
  (url: string, token: string): Call =>
  async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  };

async function must(call: Call, method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await call(method, path, body);
  if (answer.status < 300) return answer.body;
  throw new Error(`Unable to seed: ${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`);
}

async function find(call: Call, path: string, matches: (item: Named) => boolean): Promise<Named | undefined> {
  let pageToken: string | null = null;
  do {
    const query: string = pageToken === null ? '' : `&pageToken=${encodeURIComponent(pageToken)}`;
    const page = (await must(call, 'GET', `${path}?pageSize=1000${query}`)) as {
      items: Named[];
      nextPageToken: string | null;
    };
    const item = page.items.find(matches);
    if (item) return item;
    pageToken = page.nextPageToken;
  } while (pageToken !== null);
  return undefined;
}

const findOrCreate = async (call: Call, path: string, name: string, body: unknown): Promise<Named> =>
  (await find(call, path, (item) => item.name === name)) ?? ((await must(call, 'POST', path, body)) as Named);

async function seedImages(call: Call, sites: readonly DemoSite[]): Promise<void> {
  for (const image of new Set(sites.flatMap((site) => Object.keys(site.templates)))) {
    const templates = Object.fromEntries(
      sites.flatMap((site) => (site.templates[image] ? [[site.name, site.templates[image]]] : [])),
    );
    const existing = await find(call, '/v1/images', (item) => item.name === image);
    if (existing) await must(call, 'PATCH', `/v1/images/${existing.id}`, { templates });
    else await must(call, 'POST', '/v1/images', { name: image, templates });
  }
}

async function seedPublisher(call: Call, userId: string, tenantId: string): Promise<void> {
  const known = await find(call, '/v1/publishers', (item) => item['userId'] === userId && item['tenantId'] !== null);
  if (!known) await must(call, 'POST', '/v1/publishers', { userId, tenantId });
}

async function tokenFor(call: Call, input: SeedInput, tenantId: string): Promise<string> {
  if (input.tenantToken !== null) {
    const check = await caller(input.gatewayUrl, input.tenantToken)('GET', `/v1/tenants/${tenantId}`);
    if (check.status === 200) return input.tenantToken;
  }
  const body = { principal: 'demo', tenantId, roles: ['tenant-admin'], expiresInDays: 365 };
  return String((await must(call, 'POST', '/v1/tokens', body))['token']);
}

/** Waits until every demo site was announced by its provisioner; a site that stays silent is returned by name. */
export async function silentSites(
  input: Pick<SeedInput, 'gatewayUrl' | 'adminToken' | 'sites'>,
  timeoutMs: number,
): Promise<string[]> {
  const call = caller(input.gatewayUrl, input.adminToken);
  const until = performance.now() + timeoutMs;
  for (;;) {
    const states = await Promise.all(input.sites.map((site) => must(call, 'GET', `/v1/sites/${site.name}`)));
    const silent = states.filter((site) => site['state'] !== 'online').map((site) => String(site['name']));
    if (silent.length === 0 || performance.now() > until) return silent;
    await delay(100);
  }
}

/** Brings the demo tenant, a project per site, images and sizes into being; what exists is kept. */
export async function seed(input: SeedInput): Promise<Seeded> {
  const call = caller(input.gatewayUrl, input.adminToken);
  const tenant = await findOrCreate(call, '/v1/tenants', demoTenant, { name: demoTenant });
  const projects: Record<string, string> = {};
  for (const site of input.sites) {
    await findOrCreate(call, '/v1/sites', site.name, { name: site.name, platform: site.platform });
    const body = { tenantId: tenant.id, name: site.name, site: site.name };
    const project =
      (await find(call, '/v1/projects', (item) => item.name === site.name && item['tenantId'] === tenant.id)) ??
      ((await must(call, 'POST', '/v1/projects', body)) as Named);
    projects[site.name] = project.id;
  }
  await seedImages(call, input.sites);
  for (const size of sizes) await findOrCreate(call, '/v1/sizes', size.name, size);
  if (input.amqpUser !== null) await seedPublisher(call, input.amqpUser, tenant.id);
  return { tenantId: tenant.id, tenantToken: await tokenFor(call, input, tenant.id), projects };
}
