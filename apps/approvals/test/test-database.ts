import { randomBytes } from 'node:crypto';
import { openDatabase, createLog } from '@dcm/runtime';
import { DataSource } from 'typeorm';
import { migrations } from '../src/migrations';

const serverUrl = (): string => process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** A database of its own with the schema in it. `drop` ends its sessions and removes it. */
export interface TestDatabase {
  readonly url: string;
  readonly source: DataSource;
  /** Makes the schema anew, empty: faster than another database. */
  reset(): Promise<void>;
  drop(): Promise<void>;
}

async function onServer(statement: string): Promise<void> {
  const server = new DataSource({ type: 'postgres', url: serverUrl() });
  await server.initialize();
  try {
    await server.query(statement);
  } finally {
    await server.destroy();
  }
}

/** @param poolSize connections at most; default 10. */
export async function createTestDatabase(poolSize = 10): Promise<TestDatabase> {
  const name = `dcm_test_${randomBytes(6).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name}`);
  const drop = (): Promise<void> => onServer(`DROP DATABASE ${name} WITH (FORCE)`);
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  try {
    const log = createLog('test', 'silent');
    const options = { url: url.href, schema: 'approvals', migrations, log, poolSize };
    const source = await openDatabase(options);
    return {
      url: url.href,
      source,
      reset: async () => {
        await source.query('DROP SCHEMA approvals CASCADE');
        await (await openDatabase({ ...options, poolSize: 1 })).destroy();
      },
      drop: async () => {
        if (source.isInitialized) await source.destroy();
        await drop();
      },
    };
  } catch (error) {
    await drop();
    throw error;
  }
}
