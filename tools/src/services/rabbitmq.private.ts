import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port';
import { answersAmqp } from './rabbitmq.probe';

interface Settings {
  readonly node: string;
  readonly port: number;
  readonly distributionPort: number;
  readonly epmdPort: number;
  readonly password: string;
}

export interface PrivateNode {
  readonly url: string;
  readonly adopted: boolean;
  stop(): Promise<void>;
}

const user = 'dcm';

async function settingsIn(folder: string): Promise<Settings> {
  const file = join(folder, 'settings.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Settings;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const settings: Settings = {
    node: `dcm${createHash('sha256').update(folder).digest('hex').slice(0, 8)}@localhost`,
    port: await freePort(),
    distributionPort: await freePort(),
    epmdPort: await freePort(),
    password: randomBytes(16).toString('hex'),
  };
  writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
  return settings;
}

function writeConfiguration(folder: string, settings: Settings): void {
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${settings.port}`,
    `default_user = ${user}`,
    `default_pass = ${settings.password}`,
    'loopback_users.1 = dcm',
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
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_DIST_PORT: String(settings.distributionPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(settings.epmdPort),
    ERL_CRASH_DUMP_SECONDS: '0',
  };
}

/** Debian's wrapper refuses other homes; the real scripts lie beside the library. */
export function serverProgram(name: 'rabbitmq-server' | 'rabbitmqctl'): string | undefined {
  const places = [`/usr/lib/rabbitmq/bin/${name}`, `/opt/rabbitmq/sbin/${name}`];
  const known = places.find((place) => existsSync(place));
  if (known !== undefined) return known;
  const found = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).stdout.trim();
  return found === '' ? undefined : found;
}

/** Starts a RabbitMQ node of our own, without the system's service, or adopts the one that runs in this folder. */
export async function startPrivateRabbit(folder: string): Promise<PrivateNode> {
  const server = serverProgram('rabbitmq-server');
  const control = serverProgram('rabbitmqctl');
  if (server === undefined || control === undefined) throw new Error('There is no rabbitmq-server program');
  const settings = await settingsIn(folder);
  const env = environment(folder, settings);
  const url = `amqp://${user}:${settings.password}@127.0.0.1:${settings.port}`;
  const adopted = await answersAmqp(url);
  if (!adopted) await launch(server, folder, settings, url);
  const stop = (): Promise<void> => {
    const result = spawnSync(control, ['-q', 'stop'], { env, encoding: 'utf8', cwd: folder });
    spawnSync('epmd', ['-port', String(settings.epmdPort), '-kill'], { env });
    return result.status === 0
      ? Promise.resolve()
      : Promise.reject(new Error(`Unable to stop RabbitMQ: ${result.stderr}${result.stdout}`));
  };
  return { url, adopted, stop };
}

async function launch(server: string, folder: string, settings: Settings, url: string): Promise<void> {
  writeConfiguration(folder, settings);
  const log = openSync(join(folder, 'rabbitmq.log'), 'a');
  const child = spawn(server, [], {
    env: environment(folder, settings),
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const until = performance.now() + 60_000;
  while (!(await answersAmqp(url))) {
    if (child.exitCode !== null || performance.now() > until) {
      throw new Error(`RabbitMQ did not start; its log is ${join(folder, 'rabbitmq.log')}`);
    }
    await delay(100);
  }
}
