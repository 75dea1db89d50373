import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { StackFile } from '../tools/src/stack/stack.file';
import { isolate, rabbitmqctl, type Isolation } from './isolation';
import { witnessOf, type HandVerb, type SeenVm, type Witness } from './invariants/witness';
import { root, run, until } from './process';

export interface ProductOptions {
  /** Whether the product brings its own PostgreSQL even when `DATABASE_URL` names one. */
  readonly embeddedDatabase?: boolean;
  /** Which demo sites run; the first is the one that requests go to. Default: one, so that a spec about something else is quick. */
  readonly sites?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export type Json = Record<string, unknown>;

export interface Answer<T = Json> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** What the product runs in. */
interface ProductParts {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly isolation: Isolation;
}

/** The whole product, started as a user starts it, in a state folder of its own. */
export class Product {
  private readonly witnesses = new Map<string, Witness>();

  private constructor(
    readonly stack: StackFile,
    /** The demo site that requests go to when they name no project. */
    readonly site: string,
    private readonly parts: ProductParts,
  ) {}

  static async start(options: ProductOptions = {}): Promise<Product> {
    const folder = mkdtempSync(join(tmpdir(), 'dcm-e2e-'));
    const isolation = await isolate();
    const env: NodeJS.ProcessEnv = { ...process.env, ...isolation.env, DCM_STATE_DIR: folder, ...options.env };
    if (options.embeddedDatabase === true) delete env['DATABASE_URL'];
    const sites = options.sites ?? ['vsphere-demo'];
    const args = [...sites.flatMap((site) => ['--site', site]), ...(options.args ?? [])];
    const result = await run(process.execPath, ['tools/start.mjs', '--detach', '--port', '0', ...args], env);
    if (result.code !== 0) {
      await isolation.remove();
      rmSync(folder, { recursive: true, force: true });
      throw new Error(`npm start ended with ${result.code}: ${result.stdout}${result.stderr}`);
    }
    const stack = JSON.parse(readFileSync(join(folder, 'stack.json'), 'utf8')) as StackFile;
    return new Product(stack, sites[0] ?? '', { folder, env, isolation });
  }

  async stop(): Promise<void> {
    for (const witness of this.witnesses.values()) witness.close();
    await run(process.execPath, ['tools/stop.mjs'], this.parts.env);
    await this.parts.isolation.remove();
    rmSync(this.parts.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The log of a process, for a test's failure message. */
  log(name: string): string {
    return readFileSync(join(this.parts.folder, 'log', `${name}.log`), 'utf8');
  }

  /** Every process's log by its name: what the product wrote, and its vCenter. */
  logs(): ReadonlyMap<string, string> {
    const names = readdirSync(join(this.parts.folder, 'log')).map((file) => file.replace(/\.log$/, ''));
    return new Map(names.map((name) => [name, this.log(name)]));
  }

  /** The tables of the product in which some row holds the text. */
  async tablesWith(text: string): Promise<string[]> {
    const client = new Client({ connectionString: this.stack.databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ schema: string; name: string }>(
        `SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
         WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
      );
      const found: string[] = [];
      for (const { schema, name } of rows) {
        const table = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
        const hit = await client.query(`SELECT 1 FROM ${table} AS r WHERE strpos(r::text, $1) > 0 LIMIT 1`, [text]);
        if (hit.rows.length > 0) found.push(`${schema}.${name}`);
      }
      return found;
    } finally {
      await client.end();
    }
  }

  get projectId(): string {
    return this.stack.projects[this.site] ?? '';
  }

  async http<T = Json>(
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string>; token?: string } = {},
  ): Promise<Answer<T>> {
    const text = typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
    const response = await fetch(this.stack.gateway.url + path, {
      method,
      headers: {
        authorization: `Bearer ${options.token ?? this.stack.token}`,
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: text }),
    });
    const answer = await response.text();
    return { status: response.status, headers: response.headers, body: (answer === '' ? {} : JSON.parse(answer)) as T };
  }

  /** Follows an operation to its end. */
  async finished(operationId: string, timeoutMs = 60_000): Promise<Json> {
    return until(`operation ${operationId} ends`, timeoutMs, async () => {
      const { status, body } = await this.http('GET', `/v1/operations/${operationId}`);
      return status === 200 && body['done'] === true ? body : undefined;
    });
  }

  /** The same while the gateway itself may be away for a moment. */
  async finishedThroughRestart(operationId: string, timeoutMs: number): Promise<Json> {
    return until(`operation ${operationId} ends`, timeoutMs, async () => {
      const answer = await this.http('GET', `/v1/operations/${operationId}`).catch(() => undefined);
      return answer?.status === 200 && answer.body['done'] === true ? answer.body : undefined;
    });
  }

  async createVm(body: Json, headers: Record<string, string> = {}): Promise<{ vmId: string; operationId: string }> {
    const answer = await this.http('POST', '/v1/vms', {
      body: { projectId: this.projectId, image: 'debian-12', size: 'small', ...body },
      headers,
    });
    if (answer.status !== 202) throw new Error(`POST /v1/vms answered ${answer.status} ${JSON.stringify(answer.body)}`);
    return { vmId: String(answer.body['id']), operationId: String(answer.body['operationId']) };
  }

  /** Everything that bears a DCM mark on a site, read with somebody else's client. */
  async marked(site = this.site): Promise<readonly SeenVm[]> {
    return this.witness(site).marked();
  }

  /** Changes a VM behind DCM's back, with somebody else's client. */
  async byHand(verb: HandVerb, vmId: string, count?: number): Promise<void> {
    const site = String((await this.http('GET', `/v1/vms/${vmId}`)).body['site']);
    const vm = (await this.marked(site)).find(({ instance }) => instance === vmId);
    if (vm === undefined) throw new Error(`VM ${vmId} is not on ${site}`);
    await this.witness(site).byHand(verb, vm.nativeId, count);
  }

  private witness(site: string): Witness {
    const known = this.witnesses.get(site);
    if (known) return known;
    const stackSite = this.stack.sites[site];
    const witness = stackSite === undefined ? undefined : witnessOf(stackSite);
    if (witness === undefined) throw new Error(`nobody can look into ${site}`);
    this.witnesses.set(site, witness);
    return witness;
  }

  /** Publishes as another system would, with pika. */
  async publish(
    messages: readonly Json[],
    options: { amqpUrl?: string; waitAnswersS?: number } = {},
  ): Promise<{ results: Json[]; answers: Json[] }> {
    const amqpUrl = options.amqpUrl ?? this.stack.amqpUrl ?? '';
    const env = { ...process.env, AMQP_URL: amqpUrl, WAIT_ANSWERS_S: String(options.waitAnswersS ?? 0) };
    const result = await run('/usr/bin/python3', [join(root, 'e2e/python/publish.py')], env, JSON.stringify(messages));
    if (result.code !== 0) throw new Error(`pika failed: ${result.stderr}`);
    return JSON.parse(result.stdout) as { results: Json[]; answers: Json[] };
  }

  /** A broker user of its own for another system, allowed to publish requests and nothing else. */
  async addBrokerUser(name: string): Promise<string> {
    const url = new URL(this.stack.amqpUrl ?? '');
    const password = randomBytes(12).toString('hex');
    const vhost = decodeURIComponent(url.pathname.slice(1)) || '/';
    await rabbitmqctl('add_user', name, password);
    await rabbitmqctl('set_permissions', '-p', vhost, name, '^$', '^dcm\\.requests$', '^$');
    url.username = name;
    url.password = password;
    return url.toString();
  }

  removeBrokerUser(name: string): Promise<void> {
    return rabbitmqctl('delete_user', name);
  }
}
