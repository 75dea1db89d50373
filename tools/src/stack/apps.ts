import { join } from 'node:path';
import { freePort } from '../services/free-port';
import { SupervisedProcess } from '../services/process.service';
import type { RunningDemoSite } from './demo/demo.site';
import type { Infrastructure } from './infrastructure';
import type { StackOptions } from './options';
import { entryOf, logDir, stateDir } from './paths';
import type { StackSecrets } from './secrets.file';
import { writePrivately } from './stack.file';

type Environment = Record<string, string>;

/** One app to run: its folder's name, and its name as a process, which tells replicas apart. */
interface AppSpec {
  readonly app: string;
  readonly name: string;
  readonly env: Environment;
}

export interface StackParts {
  readonly options: StackOptions;
  readonly infrastructure: Infrastructure;
  readonly secrets: StackSecrets;
  readonly sites: readonly RunningDemoSite[];
  readonly gatewayPort: number;
}

const inProcessUrl = 'inprocess://dcm@local';
const readyMs = 60_000;

/**
 * Heaps have a limit, for the apps hold little for long and V8 would rather grow than collect; but at half of these the gateway collected
 * its old space twice a second under 300 requests a second, 10 to 30 ms each time. Under a limit this low V8 lets the old space grow by a third
 * before it collects again, which approvals at 100 VMs a second filled every 1.5 s: it may grow by one and a half.
 */
const nodeFlags = ['--enable-source-maps', '--max-semi-space-size=32', '--heap-growing-percent=150'];
const heapOfOne = '--max-old-space-size=192';
const heapOfAll = '--max-old-space-size=224';

async function provisioners(parts: StackParts, base: Environment): Promise<AppSpec[]> {
  const specs: AppSpec[] = [];
  for (const site of parts.sites) {
    const replicas = parts.infrastructure.amqpUrl === null ? 1 : (parts.options.scale[site.platform] ?? 1);
    for (let n = 1; n <= replicas; n += 1) {
      const app = `provisioner-${site.platform}`;
      const env = {
        ...base,
        ...standingBack(parts, nice.provisioner),
        PORT: String(await freePort()),
        DCM_SITES_FILE: site.sitesFile,
      };
      specs.push({ app, name: replicas === 1 ? app : `${app}-${n}`, env });
    }
  }
  return specs;
}

/** What stands behind the door yields to it, and to those who decide, when the machine is full. One process for all has one priority. */
const standingBack = (parts: StackParts, nice: number): Environment =>
  parts.infrastructure.amqpUrl === null ? {} : { DCM_NICE: String(nice) };
const nice = { approvals: 5, provisioner: 5 };

/** The apps in starting order, each with its environment. */
async function appSpecs(parts: StackParts): Promise<AppSpec[]> {
  const base = { HOST: '127.0.0.1', AMQP_URL: parts.infrastructure.amqpUrl ?? inProcessUrl };
  const core = {
    ...base,
    DATABASE_URL: parts.infrastructure.databaseUrl,
    DCM_INSTALLATION_KEY: parts.secrets.installationKey,
  };
  const gateway = { ...core, PORT: String(parts.gatewayPort), DCM_BOOTSTRAP_TOKEN: parts.secrets.adminToken };
  return [
    {
      app: 'approvals',
      name: 'approvals',
      env: { ...core, ...standingBack(parts, nice.approvals), PORT: String(await freePort()) },
    },
    { app: 'gateway', name: 'gateway', env: gateway },
    ...(await provisioners(parts, base)),
  ];
}

const readyUrl = (env: Environment): string => `http://127.0.0.1:${env['PORT'] ?? ''}/health/ready`;

/** What the apps inherit: the settings of this shell, without the addresses that the stack decides. */
function inherited(): NodeJS.ProcessEnv {
  const env = { ...process.env, NODE_ENV: 'production' };
  for (const name of ['PORT', 'HOST', 'AMQP_URL', 'DATABASE_URL']) Reflect.deleteProperty(env, name);
  return env;
}

function processOf(name: string, args: readonly string[], env: Environment, ready: string): SupervisedProcess {
  return new SupervisedProcess({
    name,
    args: [...nodeFlags, ...args],
    env: { ...inherited(), ...env },
    logFile: join(logDir(), `${name}.log`),
    readyUrl: ready,
  });
}

function allInOne(specs: readonly AppSpec[]): SupervisedProcess {
  const settings = Object.entries(inherited()).filter(([name]) => name.startsWith('DCM_'));
  const environments = specs.map(({ app, env }) => [app, { ...Object.fromEntries(settings), ...env }] as const);
  const file = join(stateDir(), 'all-in-one.json');
  writePrivately(file, JSON.stringify(Object.fromEntries(environments)));
  const last = specs.at(-1)?.env ?? {};
  return processOf('all-in-one', [heapOfAll, entryOf('tools', 'all-in-one'), file], {}, readyUrl(last));
}

/** Starts every app as a process of its own, or all in one where there is no broker, and waits until they can work. */
export async function startApps(parts: StackParts): Promise<SupervisedProcess[]> {
  const specs = await appSpecs(parts);
  const processes =
    parts.infrastructure.amqpUrl === null
      ? [allInOne(specs)]
      : specs.map(({ app, name, env }) => processOf(name, [heapOfOne, entryOf('apps', app)], env, readyUrl(env)));
  for (const one of processes) one.start();
  try {
    await Promise.all(processes.map((one) => one.ready(readyMs)));
  } catch (error) {
    await stopApps(processes);
    throw error;
  }
  return processes;
}

/** All at once: each takes no more and ends what it has begun. */
export async function stopApps(processes: readonly SupervisedProcess[]): Promise<void> {
  await Promise.allSettled(processes.map((one) => one.stop()));
}
