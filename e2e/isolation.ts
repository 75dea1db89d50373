import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { run } from './process';

/** A database and a broker vhost of one product's own, so that suites do not meet. */
export interface Isolation {
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export async function rabbitmqctl(...args: string[]): Promise<void> {
  const result = await run('rabbitmqctl', ['-q', ...args], process.env);
  if (result.code !== 0) throw new Error(`rabbitmqctl ${args[0] ?? ''} failed: ${result.stderr}${result.stdout}`);
}

async function database(name: string): Promise<Isolation> {
  const server = process.env['DATABASE_URL'];
  if (server === undefined) return { env: {}, remove: () => Promise.resolve() };
  await onServer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    env: { DATABASE_URL: url.toString() },
    remove: () => onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function vhost(name: string): Promise<Isolation> {
  const broker = process.env['AMQP_URL'];
  if (broker?.startsWith('amqp') !== true) return { env: {}, remove: () => Promise.resolve() };
  const url = new URL(broker);
  await rabbitmqctl('add_vhost', name);
  await rabbitmqctl('set_permissions', '-p', name, decodeURIComponent(url.username), '.*', '.*', '.*');
  url.pathname = `/${name}`;
  return { env: { AMQP_URL: url.toString() }, remove: () => rabbitmqctl('delete_vhost', name) };
}

/** Fresh ones on the servers that `DATABASE_URL` and `AMQP_URL` name; without them the product brings its own. */
export async function isolate(): Promise<Isolation> {
  const name = `dcm_e2e_${randomBytes(5).toString('hex')}`;
  const parts = [await database(name), await vhost(name)];
  return {
    env: Object.assign({}, ...parts.map((part) => part.env)) as Record<string, string>,
    remove: async () => {
      for (const part of parts) await part.remove();
    },
  };
}
