import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createDatabase, dropDatabase, type RunningPostgres, startPostgres } from '../postgres.service';
import { inKilledParent } from './parent';

jest.setTimeout(120_000);

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}

const portOf = (url: string): number => Number(new URL(url).port);

function occupy(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

let stateDir: string;
let running: RunningPostgres | undefined;

const makeFolder = (): void => {
  stateDir = mkdtempSync(join(tmpdir(), 'dcm-postgres-'));
};
const removeFolder = (): void => {
  rmSync(stateDir, { recursive: true, force: true });
};
const stop = async (): Promise<void> => {
  await running?.stop();
  running = undefined;
};

async function timed(what: string): Promise<RunningPostgres> {
  const started = performance.now();
  const postgres = await startPostgres({ stateDir });
  process.stderr.write(`embedded PostgreSQL, ${what}: ${(performance.now() - started).toFixed(0)} ms\n`);
  return postgres;
}

describe('the embedded PostgreSQL on an empty folder', () => {
  beforeEach(makeFolder);
  afterEach(async () => {
    await stop();
    removeFolder();
  });

  it('starts and keeps its data over a stop', async () => {
    running = await timed('first start');
    expect(running.adopted).toBe(false);
    await ask(running.url, 'CREATE TABLE kept AS SELECT 42 AS n');
    await running.stop();
    await expect(ask(running.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    const { url } = running;
    running = await timed('next start');
    expect(running).toMatchObject({ adopted: false, url });
    expect(await ask(running.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
  });

  it('starts as one server when several start it', async () => {
    const all = await Promise.all([
      startPostgres({ stateDir }),
      startPostgres({ stateDir }),
      inKilledParent<RunningPostgres>('postgres.service.ts', 'startPostgres', { stateDir }),
    ]);
    running = all[0];
    expect(all.filter(({ adopted }) => !adopted)).toHaveLength(1);
    expect(new Set(all.map(({ url }) => url)).size).toBe(1);
    expect(await ask(all[0].url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it('repeats a first start that was cut short', async () => {
    const unfinished = join(stateDir, 'postgres', 'cluster.new');
    mkdirSync(unfinished, { recursive: true });
    writeFileSync(join(unfinished, 'PG_VERSION'), '18\n');
    running = await startPostgres({ stateDir });
    expect(await ask(running.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });
});

describe('the embedded PostgreSQL', () => {
  const cluster = (): string => join(stateDir, 'postgres', 'cluster');

  beforeAll(makeFolder);
  afterEach(stop);
  afterAll(removeFolder);

  it('survives a parent that is killed and is adopted by the next', async () => {
    const orphan = await inKilledParent<RunningPostgres>('postgres.service.ts', 'startPostgres', { stateDir });
    expect(orphan.adopted).toBe(false);
    await ask(orphan.url, 'CREATE TABLE kept AS SELECT 42 AS n');
    running = await timed('adoption');
    expect(running).toMatchObject({ adopted: true, url: orphan.url });
    expect(await ask(running.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
    await running.stop();
    await expect(ask(orphan.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('listens on loopback only, wants a password and hides it', async () => {
    running = await startPostgres({ stateDir });
    expect(await ask(running.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    await expect(ask(running.url.replace(/:[^:@]*@/, ':wrong@'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(stateDir, 'postgres.json')).mode & 0o077).toBe(0);
  });

  it('takes the port it is given, and another one when its own was taken meanwhile', async () => {
    running = await startPostgres({ stateDir });
    const remembered = portOf(running.url);
    await running.stop();
    const stranger = await occupy(remembered);
    running = await startPostgres({ stateDir });
    expect(portOf(running.url)).not.toBe(remembered);
    await running.stop();
    await new Promise((closed) => stranger.close(closed));
    running = await startPostgres({ stateDir, port: remembered });
    expect(portOf(running.url)).toBe(remembered);
  });

  it('finishes a first start that was cut short at its very end', async () => {
    const { url, stop: stopFirst } = await startPostgres({ stateDir });
    await stopFirst();
    renameSync(cluster(), `${cluster()}.new`);
    running = await startPostgres({ stateDir });
    expect(running.url).toBe(url);
  });

  it('starts although its old process id belongs to another program now', async () => {
    running = await startPostgres({ stateDir });
    await running.stop();
    const lines = [process.pid, cluster(), 0, portOf(running.url), '', '127.0.0.1'];
    writeFileSync(join(cluster(), 'postmaster.pid'), `${lines.join('\n')}\n`);
    running = await startPostgres({ stateDir });
    expect(running.adopted).toBe(false);
  });

  it('makes and drops databases of any name', async () => {
    running = await startPostgres({ stateDir });
    const name = `odd "name" ü`;
    const url = await createDatabase(running.url, name);
    expect(await createDatabase(running.url, name)).toBe(url);
    expect(await ask(url, 'SELECT current_database() AS name')).toEqual([{ name }]);
    await dropDatabase(running.url, name);
    await expect(ask(url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  });

  it('deletes no data whose password is lost', async () => {
    const settings = join(stateDir, 'postgres.json');
    renameSync(settings, `${settings}.lost`);
    await expect(startPostgres({ stateDir })).rejects.toThrow(/its password was in .*postgres\.json/);
    expect(existsSync(join(cluster(), 'PG_VERSION'))).toBe(true);
    renameSync(`${settings}.lost`, settings);
  });
});
