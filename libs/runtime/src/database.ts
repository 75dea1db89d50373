import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { DcmError } from '@dcm/contracts';
import type { Log } from './log';
import { inTransaction } from './pipelined-transaction';
import { PreparedClient } from './prepared-client';

/** One forward step of a schema. A released migration never changes; statements run in one transaction. */
export interface Migration {
  readonly name: string;
  readonly sql: readonly string[];
}

export interface DatabaseOptions {
  readonly url: string;
  /** The schema that the process owns; it is created when absent. */
  readonly schema: string;
  readonly migrations: readonly Migration[];
  readonly log: Log;
  readonly poolSize?: number;
}

const identifier = /^[a-z][a-z_]{0,62}$/;

async function migrate(runner: QueryRunner, options: DatabaseOptions): Promise<void> {
  const { schema, migrations, log } = options;
  await runner.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await runner.query(
    `CREATE TABLE IF NOT EXISTS ${schema}.migration (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())`,
  );
  const done = (await runner.query(`SELECT name FROM ${schema}.migration`)) as { name: string }[];
  const names = new Set(done.map((row) => row.name));
  for (const migration of migrations.filter((one) => !names.has(one.name))) {
    await runner.startTransaction();
    try {
      for (const statement of migration.sql) await runner.query(statement);
      await runner.query(`INSERT INTO ${schema}.migration (name) VALUES ($1)`, [migration.name]);
      await runner.commitTransaction();
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    }
    log.info({ schema, migration: migration.name }, 'migrated');
  }
}

/** Migrations of all replicas and processes run one after the other: TypeORM takes no lock of its own. */
async function migrateUnderLock(source: DataSource, options: DatabaseOptions): Promise<void> {
  const runner = source.createQueryRunner();
  await runner.connect();
  try {
    await runner.query('SELECT pg_advisory_lock(hashtext($1))', ['dcm.migrations']);
    try {
      await migrate(runner, options);
    } finally {
      await runner.query('SELECT pg_advisory_unlock(hashtext($1))', ['dcm.migrations']);
    }
  } finally {
    await runner.release();
  }
}

type Work = (manager: EntityManager) => Promise<unknown>;

interface DriverWithPool {
  master?: {
    on(event: string, listener: (client: { on(event: 'error', listener: (error: Error) => void): void }) => void): void;
  };
}

/**
 * Opens a pool and brings the schema up to date.
 * @throws DcmError INTERNAL for a schema name that is not an identifier; connection errors of the driver as they are.
 */
export async function openDatabase(options: DatabaseOptions): Promise<DataSource> {
  if (!identifier.test(options.schema))
    throw new DcmError('INTERNAL', `Unable to open the database: ${options.schema} is no schema name`);
  const source = new DataSource({
    type: 'postgres',
    url: options.url,
    poolSize: options.poolSize ?? 10,
    applicationName: `dcm-${options.schema}`,
    extra: {
      Client: PreparedClient,
      // Statements that are not waited for one by one go out together and are carried out in their order.
      pipeline: true,
      connectionTimeoutMillis: 10_000,
      statement_timeout: 30_000,
      keepAlive: true,
      // Statements here take milliseconds; compiling one takes tens of them, and happens while a table has no statistics yet. Every one of them
      // goes by an index: a plan that reads a table whole is one that was made, and is kept, while the table was empty.
      options: '-c jit=off -c enable_seqscan=off',
    },
  });
  // As TypeORM's own, of which nothing but `query` is used inside.
  Object.assign(source, { transaction: (work: Work) => inTransaction(source, work) });
  await source.initialize();
  // A client that dies while it is checked out emits an unhandled `error` and would end the process.
  (source.driver as DriverWithPool).master?.on('connect', (client) => {
    client.on('error', (error) => {
      options.log.warn({ error: error.message }, 'database connection lost');
    });
  });
  await migrateUnderLock(source, options);
  return source;
}
