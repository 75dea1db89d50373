import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ending } from '../../tools/src/services/ending';
import { freePort } from '../../tools/src/services/free-port';
import { hypervDemo } from '../../tools/src/stack/demo/hyperv.demo';
import { proxmoxDemo } from '../../tools/src/stack/demo/proxmox.demo';
import { vsphereDemo } from '../../tools/src/stack/demo/vsphere.demo';
import { loadSecrets, withPasswords, type StackSecrets } from '../../tools/src/stack/secrets.file';
import { seed, silentSites } from '../../tools/src/stack/seed';
import { writePrivately, type StackFile } from '../../tools/src/stack/stack.file';
import { root } from '../../tools/src/stack/paths';
import { startHyperv } from './grounds/hyperv.ground';
import { startProxmox } from './grounds/proxmox.ground';
import type { SiteGround } from './grounds/site.ground';
import { startVsphere } from './grounds/vsphere.ground';
import type { Platform } from './points';
import { PostgresVictim, RabbitVictim } from './services';
import { Subject } from './subject';

export interface StackOptions {
  /** How long a clone and any other task stays running in the simulated vCenter. */
  readonly cloneMs?: number;
  readonly taskMs?: number;
  /** Of each platform. Default 2. */
  readonly provisioners?: number;
  /** What stands beside the vCenter. Default: nothing. */
  readonly platforms?: readonly Platform[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Short, so that what takes minutes in production takes seconds here; each may be overridden. */
export const timing = {
  DCM_LEASE_MS: '2000',
  DCM_CALL_TIMEOUT_MS: '1500',
  DCM_PLAN_TIMEOUT_MS: '2000',
  DCM_DISPATCH_TIMEOUT_MS: '3000',
  DCM_RETRY_BASE_MS: '200',
  DCM_LATE_EFFECT_WINDOW_MS: '1500',
  DCM_SWEEP_MS: '200',
  DCM_MAX_ATTEMPTS: '30',
  DCM_OPERATION_DEADLINE_MS: '120000',
  DCM_RESEND_MS: '1500',
  DCM_CATCH_UP_MS: '500',
  DCM_CLAIM_SILENCE_MS: '5000',
  DCM_READ_TIMEOUT_MS: '3000',
  DCM_ANNOUNCE_MS: '2000',
  DCM_DRAIN_MS: '10000',
} as const;

const entryOf = (app: string): string => join(root, 'dist', 'apps', app, 'src', 'main.js');
const nodeFlags = ['--enable-source-maps', '--max-semi-space-size=4', '--max-old-space-size=128'];

interface Ground {
  readonly folder: string;
  readonly secrets: StackSecrets;
  readonly postgres: PostgresVictim;
  readonly rabbit: RabbitVictim;
  /** Of every platform, the vCenter among them. */
  readonly sites: readonly SiteGround[];
}

/** The real product with every part in this process's hands: it may be killed, frozen and started again. */
export class FailureStack {
  private constructor(
    readonly ground: Ground,
    readonly subjects: readonly Subject[],
    readonly file: StackFile,
    private readonly onOver: () => void,
  ) {}

  /** It ends with this process, also when that is told to end by a signal. */
  static start(options: StackOptions = {}): Promise<FailureStack> {
    const folder = mkdtempSync(join(tmpdir(), 'dcm-failures-'));
    const started = FailureStack.startIn(folder, options, () => {
      takeBack();
    });
    // What is half started can be ended only once it is started.
    const takeBack = ending.before(() => started.then((stack) => stack.stop(false)).catch(() => undefined));
    return started;
  }

  private static async startIn(folder: string, options: StackOptions, onOver: () => void): Promise<FailureStack> {
    const stops: (() => Promise<void>)[] = [];
    try {
      const ground = await lay(folder, options, stops);
      const gatewayPort = await freePort();
      const subjects = await subjectsOf(ground, options, gatewayPort);
      for (const one of subjects) {
        stops.push(() => one.stop(1_000));
        one.start();
      }
      await Promise.all(subjects.map((one) => one.ready(120_000)));
      const file = await fill(ground, `http://127.0.0.1:${gatewayPort}`);
      return new FailureStack(ground, subjects, file, onOver);
    } catch (error) {
      for (const stop of stops.reverse()) await stop().catch(() => undefined);
      onOver();
      throw error;
    }
  }

  /** Of every platform. */
  get sites(): readonly SiteGround[] {
    return this.ground.sites;
  }

  /** Of every site. */
  get projectIds(): readonly string[] {
    return Object.values(this.file.projects);
  }

  get logs(): string {
    return join(this.ground.folder, 'log');
  }

  /** @throws Error when there is none of that name. */
  subject(name: string): Subject {
    const found = this.subjects.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no process ${name}`);
    return found;
  }

  get provisioners(): readonly Subject[] {
    return this.subjects.filter((one) => one.name.startsWith('provisioner-'));
  }

  async ready(timeoutMs = 90_000): Promise<void> {
    await Promise.all(this.subjects.map((one) => one.ready(timeoutMs)));
  }

  /** @param keep whether the folder with logs and failpoints stays. */
  async stop(keep: boolean): Promise<void> {
    const { postgres, rabbit, sites, folder } = this.ground;
    await Promise.all(this.subjects.map((one) => one.stop()));
    await Promise.allSettled([postgres, rabbit, ...sites].map((one) => one.stop()));
    if (!keep) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    this.onOver();
  }
}

async function lay(folder: string, options: StackOptions, stops: (() => Promise<void>)[]): Promise<Ground> {
  process.env['DCM_STATE_DIR'] = folder;
  mkdirSync(join(folder, 'log'), { recursive: true });
  const { platforms = [] } = options;
  const names = [vsphereDemo, proxmoxDemo, hypervDemo].map(({ name }) => name);
  const secrets = withPasswords(loadSecrets(), names);
  const passwordOf = (name: string): string => secrets.sitePasswords[name] ?? '';
  const kept = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting;
    stops.push(() => started.stop());
    return started;
  };
  const [postgres, rabbit, vsphere] = await Promise.all([
    kept(PostgresVictim.start(folder)),
    kept(RabbitVictim.start(join(folder, 'rabbitmq'))),
    kept(startVsphere(passwordOf(vsphereDemo.name), options)),
  ]);
  const sites: SiteGround[] = [vsphere];
  if (platforms.includes('proxmox')) sites.push(await kept(startProxmox(passwordOf(proxmoxDemo.name))));
  if (platforms.includes('hyperv')) sites.push(await kept(startHyperv(passwordOf(hypervDemo.name))));
  return { folder, secrets, postgres, rabbit, sites };
}

async function subjectsOf(ground: Ground, options: StackOptions, gatewayPort: number): Promise<Subject[]> {
  const { folder, secrets, postgres, rabbit } = ground;
  const base = { ...timing, ...options.env, HOST: '127.0.0.1', NODE_ENV: 'production', AMQP_URL: rabbit.url };
  const core = { ...base, DATABASE_URL: postgres.url, DCM_INSTALLATION_KEY: secrets.installationKey };
  const subject = (name: string, app: string, port: number, env: Record<string, string>): Subject => {
    const failpointFile = join(folder, `${name}.failpoint`);
    writeFileSync(failpointFile, '');
    return new Subject({
      name,
      args: [...nodeFlags, entryOf(app)],
      env: { ...env, PORT: String(port) },
      logFile: join(folder, 'log', `${name}.log`),
      readyUrl: `http://127.0.0.1:${port}/health/ready`,
      failpointFile,
    });
  };
  const subjects = [
    subject('approvals', 'approvals', await freePort(), core),
    subject('gateway', 'gateway', gatewayPort, { ...core, DCM_BOOTSTRAP_TOKEN: secrets.adminToken }),
  ];
  for (const { platform, sitesFile } of ground.sites) {
    const app = `provisioner-${platform}`;
    for (let n = 1; n <= (options.provisioners ?? 2); n += 1) {
      subjects.push(subject(`${app}-${n}`, app, await freePort(), { ...base, DCM_SITES_FILE: sitesFile }));
    }
  }
  return subjects;
}

async function fill(ground: Ground, gatewayUrl: string): Promise<StackFile> {
  const { folder, secrets, postgres, rabbit, sites } = ground;
  const amqpUser = decodeURIComponent(new URL(rabbit.url).username);
  const { adminToken, tenantToken } = secrets;
  const seeded = await seed({ gatewayUrl, adminToken, tenantToken, sites, amqpUser });
  const silent = await silentSites({ gatewayUrl, adminToken, sites }, 60_000);
  if (silent.length > 0) throw new Error(`site ${silent.join()} has not announced itself; logs are in ${folder}/log`);
  const file: StackFile = {
    gateway: { url: gatewayUrl },
    token: seeded.tenantToken,
    adminToken,
    tenantId: seeded.tenantId,
    projects: seeded.projects,
    sites: Object.fromEntries(sites.map(({ name, stackSite }) => [name, stackSite])),
    amqpUrl: rabbit.url,
    databaseUrl: postgres.url,
    supervisor: process.pid,
    pids: {},
  };
  writePrivately(join(folder, 'stack.json'), JSON.stringify(file));
  return file;
}
