import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withFileLock } from './file.lock';
import { freePort, portOrFree } from './free-port';
import { endProcess, isAlive, pidIn } from './pid';
import { answersAmqp } from './rabbitmq.probe';

interface Settings {
  readonly node: string;
  readonly port: number;
  readonly distributionPort: number;
  readonly epmdPort: number;
  readonly password: string;
}

/** A RabbitMQ node of this installation's own. */
export interface PrivateNode {
  readonly url: string;
  /** Whether the node was found running, left by a parent that was killed. */
  readonly adopted: boolean;
  /** A folder with a `rabbitmqctl` that speaks to this node, to put in front of PATH. */
  readonly bin: string;
  stop(): Promise<void>;
}

const user = 'dcm';
const startTimeoutMs = 60_000;
const stopGraceMs = 30_000;
const killGraceMs = 5_000;

/** Debian's wrapper refuses other homes; the real scripts lie beside the library. */
export function serverProgram(name: 'rabbitmq-server' | 'rabbitmqctl'): string | undefined {
  const places = [`/usr/lib/rabbitmq/bin/${name}`, `/opt/rabbitmq/sbin/${name}`];
  const known = places.find((place) => existsSync(place));
  if (known !== undefined) return known;
  const found = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).stdout.trim();
  return found === '' ? undefined : found;
}

/**
 * Starts a RabbitMQ node without the system's service, or adopts the one that runs in this folder. It is detached: it
 * outlives a parent that is killed.
 * @throws Error when there is no program or the node does not start; the message names its log.
 */
export async function startPrivateRabbit(folder: string): Promise<PrivateNode> {
  const server = serverProgram('rabbitmq-server');
  if (server === undefined) throw new Error('Unable to start RabbitMQ: there is no rabbitmq-server program');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return withFileLock(join(folder, 'start.lock'), () => start(server, folder));
}

async function start(server: string, folder: string): Promise<PrivateNode> {
  const adopted = isRunning(folder);
  const settings = adopted ? readSettings(folder) : await chooseSettings(folder);
  const url = `amqp://${user}:${settings.password}@127.0.0.1:${settings.port}`;
  const child = adopted ? undefined : launch(server, folder, settings);
  await untilItAnswers(folder, url, child);
  return { url, adopted, bin: writeControl(folder, settings), stop: () => stop(folder, settings) };
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function writeControl(folder: string, settings: Settings): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true, mode: 0o700 });
  const variables = Object.entries(environment(folder, settings)).map(([name, value]) =>
    quoted(`${name}=${value ?? ''}`),
  );
  const command = ['exec env -i', ...variables, quoted(serverProgram('rabbitmqctl') ?? 'rabbitmqctl'), '"$@"'].join(
    ' ',
  );
  writeFileSync(join(bin, 'rabbitmqctl'), `#!/bin/sh\n${command}\n`, { mode: 0o700 });
  return bin;
}

const launcherPid = 'launcher.pid';
const nodePid = 'pid';

/**
 * The script that starts the node and the node, which writes its id a second later. The folder on their command lines
 * tells them from other programs of these ids.
 */
function processes(folder: string): number[] {
  const pids = [nodePid, launcherPid].map((file) => pidIn(join(folder, file)));
  return pids.filter((pid) => pid !== undefined && isAlive(pid, folder)) as number[];
}

const isRunning = (folder: string): boolean => processes(folder).length > 0;

const settingsFile = (folder: string): string => join(folder, 'settings.json');

function readSettings(folder: string): Settings {
  return JSON.parse(readFileSync(settingsFile(folder), 'utf8')) as Settings;
}

/** Name and password stay for ever, the node's tables belong to them; ports change when somebody else took them. */
async function chooseSettings(folder: string): Promise<Settings> {
  const known = existsSync(settingsFile(folder)) ? readSettings(folder) : undefined;
  const settings: Settings = {
    node: known?.node ?? `dcm${createHash('sha256').update(folder).digest('hex').slice(0, 8)}@localhost`,
    password: known?.password ?? randomBytes(16).toString('hex'),
    port: await portOf(known?.port),
    distributionPort: await portOf(known?.distributionPort),
    epmdPort: await epmdPortOf(known?.epmdPort),
  };
  const unfinished = `${settingsFile(folder)}.new`;
  writeFileSync(unfinished, JSON.stringify(settings), { mode: 0o600 });
  renameSync(unfinished, settingsFile(folder));
  return settings;
}

const portOf = (known: number | undefined): Promise<number> => (known === undefined ? freePort() : portOrFree(known));

/** An epmd that outlived its node is met again. */
async function epmdPortOf(known: number | undefined): Promise<number> {
  const isEpmd = known !== undefined && spawnSync('epmd', ['-port', String(known), '-names']).status === 0;
  return isEpmd ? known : portOf(known);
}

function writeConfiguration(folder: string, settings: Settings): void {
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${settings.port}`,
    `default_user = ${user}`,
    `default_pass = ${settings.password}`,
    `loopback_users.1 = ${user}`,
    'disk_free_limit.absolute = 50MB',
    'log.console = false',
  ];
  writeFileSync(join(folder, 'rabbitmq.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
  writeFileSync(join(folder, 'enabled_plugins'), '[].\n');
}

/** Everything of the node lies in its folder: cookie, tables, logs; every listener is on loopback. */
function environment(folder: string, settings: Settings): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: folder,
    RABBITMQ_NODENAME: settings.node,
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, nodePid),
    RABBITMQ_DIST_PORT: String(settings.distributionPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(settings.epmdPort),
    ERL_CRASH_DUMP_SECONDS: '0',
  };
}

function launch(server: string, folder: string, settings: Settings): ChildProcess {
  writeConfiguration(folder, settings);
  const log = openSync(join(folder, 'rabbitmq.log'), 'a', 0o600);
  const child = spawn(server, ['-dcm', folder], {
    env: environment(folder, settings),
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  writeFileSync(join(folder, launcherPid), String(child.pid ?? ''));
  return child;
}

async function untilItAnswers(folder: string, url: string, child: ChildProcess | undefined): Promise<void> {
  let problem: Error | undefined;
  child?.on('error', (error) => {
    problem = error;
  });
  const hasEnded = (): boolean =>
    problem !== undefined || (child === undefined ? !isRunning(folder) : child.exitCode !== null);
  const until = performance.now() + startTimeoutMs;
  while (!(await answersAmqp(url))) {
    if (hasEnded() || performance.now() > until) {
      throw new Error(`RabbitMQ did not start; its log is ${join(folder, 'rabbitmq.log')}`, { cause: problem });
    }
    await delay(100);
  }
}

/** SIGTERM lets the node close its queues; its epmd, which knows no other node, goes with it. */
async function stop(folder: string, settings: Settings): Promise<void> {
  for (const pid of processes(folder)) {
    const gone =
      (await endProcess(pid, folder, 'SIGTERM', stopGraceMs)) ||
      (await endProcess(pid, folder, 'SIGKILL', killGraceMs));
    if (!gone) throw new Error(`RabbitMQ (process ${pid}) does not stop; its log is ${join(folder, 'rabbitmq.log')}`);
  }
  spawnSync('epmd', ['-port', String(settings.epmdPort), '-kill'], { env: environment(folder, settings) });
}
