import { randomBytes } from 'node:crypto';
import { problemSchema, routes, type Role, type Route, type RouteName } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { createLog, newId, type Environment } from '@dcm/runtime';
import { Client } from 'pg';
import { start, type Gateway } from '../src/main';
import { createToken, formatToken, hashSecret } from '../src/auth/token.policy';
import { anImage, aProject, aSite, aSize, aTenant } from './docs';
import { FakeApprovals } from './fake-approvals';

/** What an HTTP call answered. */
export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface CallOptions {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestTenant {
  readonly id: string;
  readonly projectId: string;
  /** A token of a tenant administrator. */
  readonly token: string;
}

const adminUrl = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
export const installationKey = 'an installation key for tests';

const imageId = newId();

/** A gateway on a database of its own, with an in-process broker and a fake approvals behind it. */
export class Scene {
  private readonly name = `gw_test_${randomBytes(6).toString('hex')}`;
  readonly adminToken = `dcm_bootstrap_${randomBytes(24).toString('hex')}`;
  private readonly gateways: Gateway[] = [];
  approvals!: FakeApprovals;
  sql!: Client;

  static async open(env: Environment = {}): Promise<Scene> {
    const scene = new Scene();
    try {
      await scene.begin(env);
    } catch (error) {
      await scene.close();
      throw error;
    }
    return scene;
  }

  private get databaseUrl(): string {
    const url = new URL(adminUrl);
    url.pathname = `/${this.name}`;
    return url.toString();
  }

  private async begin(env: Environment): Promise<void> {
    process.env['LOG_LEVEL'] ??= 'silent';
    await admin(`CREATE DATABASE ${this.name}`);
    this.approvals = await FakeApprovals.open(`inprocess://approvals@${this.name}`, createLog('test'));
    this.sql = new Client({ connectionString: this.databaseUrl });
    await this.sql.connect();
    await this.startGateway(env);
  }

  /** One more replica; the first one answers calls. */
  async startGateway(env: Environment = {}): Promise<Gateway> {
    const gateway = await start({
      DATABASE_URL: this.databaseUrl,
      AMQP_URL: `inprocess://gateway@${this.name}`,
      PORT: '0',
      DCM_INSTALLATION_KEY: installationKey,
      DCM_BOOTSTRAP_TOKEN: this.adminToken,
      DCM_CATCH_UP_MS: '200',
      ...env,
    });
    this.gateways.push(gateway);
    return gateway;
  }

  get gateway(): Gateway {
    const [first] = this.gateways;
    if (first === undefined) throw new Error('no gateway runs');
    return first;
  }

  async stopGateway(): Promise<void> {
    await this.gateways.shift()?.close();
  }

  async close(): Promise<void> {
    for (const gateway of this.gateways.splice(0)) await gateway.close();
    await this.approvals.close();
    await this.sql.end();
    await admin(`DROP DATABASE ${this.name} WITH (FORCE)`);
  }

  /** A tenant with a project on `vsphere-demo`, image `debian-12` and size `small`, projected, and an administrator's token. */
  async tenant(name = 'Acme'): Promise<TestTenant> {
    const tenant = aTenant({ name });
    const project = aProject({ tenantId: tenant.id });
    await this.approvals.change('site', 'vsphere-demo', aSite());
    await this.approvals.change('size', 'small', aSize());
    await this.approvals.change('image', imageId, anImage({ id: imageId }));
    await this.approvals.change('tenant', tenant.id, tenant);
    await this.approvals.change('project', project.id, project);
    await this.projected();
    return { id: tenant.id, projectId: project.id, token: await this.token(tenant.id, ['tenant-admin']) };
  }

  /** A token straight into the table. */
  async token(tenantId: string | null, roles: readonly Role[], principal = 'dev'): Promise<string> {
    const token = createToken();
    await this.sql.query(
      `INSERT INTO gateway.api_token (id, secret_sha256, principal, tenant_id, roles, created_by) VALUES ($1, $2, $3, $4, $5, 'test')`,
      [token.id, hashSecret(token.secret), principal, tenantId, roles],
    );
    return formatToken(token);
  }

  /** Waits until the read model holds the whole journal. */
  async projected(): Promise<void> {
    await waitUntil(
      async () => (await this.watermark()) === this.approvals.journal.length,
      `position ${this.approvals.journal.length} in the read model`,
    );
  }

  async watermark(): Promise<number> {
    const { rows } = await this.sql.query<{ mark: string }>(
      'SELECT min(upper(part)) - 1 AS mark FROM gateway.projection, unnest(applied) AS part',
    );
    return Number(rows[0]?.mark);
  }

  async count(table: 'request' | 'outbox' | 'resource', where = 'true'): Promise<number> {
    const { rows } = await this.sql.query<{ count: string }>(`SELECT count(*) FROM gateway.${table} WHERE ${where}`);
    return Number(rows[0]?.count);
  }

  /** Calls a route by its name and holds the answer against the table: its schema, or a problem's. */
  async call<T = Record<string, unknown>>(name: RouteName, options: CallOptions = {}): Promise<Answer<T>> {
    const route: Route = routes[name];
    const path = route.path.replaceAll(/:(\w+)/g, (_, key: string) => encodeURIComponent(options.params?.[key] ?? ''));
    const answer = await this.http<T>(route.method, path + (options.query ?? ''), options);
    if (answer.status >= 400 && name !== 'ready') problemSchema.parse(answer.body);
    else if (route.response !== null) route.response.parse(answer.body);
    return answer;
  }

  async http<T = Record<string, unknown>>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
    const response = await fetch(this.gateway.url + path, this.requestOf(method, options));
    const text = await response.text();
    const isJson = text !== '' && response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : { text }) as T };
  }

  private requestOf(method: string, { body, token = this.adminToken, headers = {} }: CallOptions): RequestInit {
    return {
      method,
      headers: {
        ...(token !== '' && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
  }
}

async function admin(statement: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A good body of `POST /v1/vms`. */
export const aBody = (projectId: string, change: Record<string, unknown> = {}): Record<string, unknown> => ({
  projectId,
  name: 'web-01',
  image: 'debian-12',
  size: 'small',
  ...change,
});
