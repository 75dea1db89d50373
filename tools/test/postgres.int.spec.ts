import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, type RunningPostgres } from '../src/services/postgres.service';

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}

describe('the embedded PostgreSQL', () => {
  let stateDir: string;
  let running: RunningPostgres | undefined;
  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'dcm-postgres-'));
  });
  afterEach(async () => {
    await running?.stop();
    rmSync(stateDir, { recursive: true, force: true });
  });

  it('starts on an empty folder, keeps its data over a stop, and is adopted while it runs', async () => {
    running = await startPostgres({ stateDir });
    expect(running.adopted).toBe(false);
    await ask(running.url, 'CREATE TABLE kept AS SELECT 42 AS n');
    await running.stop();

    running = await startPostgres({ stateDir });
    expect(running.adopted).toBe(false);
    expect(await ask(running.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);

    const again = await startPostgres({ stateDir });
    expect(again).toMatchObject({ adopted: true, url: running.url });
  }, 120_000);

  it('listens on loopback only, wants a password and hides it', async () => {
    running = await startPostgres({ stateDir });
    expect(await ask(running.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    await expect(ask(running.url.replace(/:[^:@]*@/, ':wrong@'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(stateDir, 'postgres.json')).mode & 0o077).toBe(0);
  }, 120_000);
});
