import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { HttpFaultProxy, soapOperation } from '../../sims/faults/faults';
import { vcsimTarget, type VcsimTarget } from '../../sims/vcsim/vcsim';
import { ending } from '../../tools/src/services/ending';
import { freePort } from '../../tools/src/services/free-port';
import type { RunningDemoSite } from '../../tools/src/stack/demo/demo.site';
import { loadSecrets, withPasswords, type StackSecrets } from '../../tools/src/stack/secrets.file';
import { seed, silentSites, type DemoSite } from '../../tools/src/stack/seed';
import { writePrivately, type StackFile } from '../../tools/src/stack/stack.file';
import { root } from '../invariants/clone.root';
import { clusterSite, startCluster } from './proxmox.ground';
import { PostgresVictim, RabbitVictim } from './services';
import { Subject } from './subject';

export interface StackOptions {
  /** How long a clone and any other task stays running in the simulator. */
  readonly cloneMs?: number;
  readonly taskMs?: number;
  readonly provisioners?: number;
  /** Whether a Proxmox VE cluster stands beside the vCenter, with as many provisioners. */
  readonly withCluster?: boolean;
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

const site = 'vsphere-demo';
const limits = { callTimeoutMs: 1_500, maxConcurrent: 8 } as const;
const entryOf = (app: string): string => join(root, 'dist', 'apps', app, 'src', 'main.js');
const nodeFlags = ['--enable-source-maps', '--max-semi-space-size=4', '--max-old-space-size=128'];

interface Ground {
  readonly folder: string;
  readonly secrets: StackSecrets;
  readonly postgres: PostgresVictim;
  readonly rabbit: RabbitVictim;
  readonly vcsim: VcsimTarget;
  /** Between provisioners and vCenter. */
  readonly proxy: HttpFaultProxy;
  readonly cluster: RunningDemoSite | undefined;
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

  get proxy(): HttpFaultProxy {
    return this.ground.proxy;
  }

  get projectId(): string {
    return this.file.projects[site] ?? '';
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
    const { postgres, rabbit, vcsim, proxy, cluster, folder } = this.ground;
    await Promise.all(this.subjects.map((one) => one.stop()));
    await proxy.close();
    await Promise.allSettled([postgres.stop(), rabbit.stop(), vcsim.stop(), cluster?.stop()]);
    if (!keep) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    this.onOver();
  }
}

async function lay(folder: string, options: StackOptions, stops: (() => Promise<void>)[]): Promise<Ground> {
  process.env['DCM_STATE_DIR'] = folder;
  mkdirSync(join(folder, 'log'), { recursive: true });
  const secrets = withPasswords(loadSecrets(), [site, clusterSite]);
  const { cloneMs = 400, taskMs = 100 } = options;
  const [postgres, rabbit, vcsim] = await Promise.all([
    PostgresVictim.start(folder),
    RabbitVictim.start(join(folder, 'rabbitmq')),
    vcsimTarget({
      password: secrets.sitePasswords[site] ?? '',
      vms: 2,
      hosts: 3,
      hostCpus: 64,
      hostMemoryGib: 1024,
      datastoreGib: 65_536,
      logFile: join(folder, 'log', 'vcsim.log'),
      taskDelaysMs: { CloneVM_Task: cloneMs, PowerOnVM_Task: taskMs, ReconfigVM_Task: taskMs, Destroy_Task: taskMs },
    }),
  ]);
  stops.push(
    () => postgres.stop(),
    () => rabbit.stop(),
    () => vcsim.stop(),
  );
  const cluster =
    options.withCluster === true ? await startCluster(secrets.sitePasswords[clusterSite] ?? '', limits) : undefined;
  if (cluster !== undefined) stops.push(() => cluster.stop());
  const proxy = await HttpFaultProxy.listen({
    target: vcsim.url,
    operationOf: soapOperation,
    ...(vcsim.ca === undefined ? {} : { upstream: { ca: vcsim.ca } }),
  });
  return { folder, secrets, postgres, rabbit, vcsim, proxy, cluster };
}

function writeSitesFile({ folder, vcsim, proxy }: Ground): string {
  const passwordFile = join(folder, 'vsphere-password');
  writePrivately(passwordFile, vcsim.password);
  const one = {
    name: site,
    url: proxy.url.href,
    credentials: { username: vcsim.username, passwordFile },
    sealingKeyFile: join(folder, 'sealing.key'),
    limits,
  };
  const file = join(folder, 'sites.yaml');
  writePrivately(file, stringify({ sites: [one] }));
  return file;
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
  const files = [
    ['provisioner-vsphere', writeSitesFile(ground)],
    ...(ground.cluster === undefined ? [] : [['provisioner-proxmox', ground.cluster.sitesFile] as const]),
  ] as const;
  for (const [app, sitesFile] of files) {
    for (let n = 1; n <= (options.provisioners ?? 2); n += 1) {
      subjects.push(subject(`${app}-${n}`, app, await freePort(), { ...base, DCM_SITES_FILE: sitesFile }));
    }
  }
  return subjects;
}

async function fill(ground: Ground, gatewayUrl: string): Promise<StackFile> {
  const { folder, secrets, postgres, rabbit, vcsim, cluster } = ground;
  const vcenter = { name: site, platform: 'vsphere', templates: { 'debian-12': 'debian-12-template' } };
  const sites: DemoSite[] = [vcenter, ...(cluster === undefined ? [] : [cluster])];
  const amqpUser = decodeURIComponent(new URL(rabbit.url).username);
  const { adminToken, tenantToken } = secrets;
  const seeded = await seed({ gatewayUrl, adminToken, tenantToken, sites, amqpUser });
  const silent = await silentSites({ gatewayUrl, adminToken, sites }, 60_000);
  if (silent.length > 0) throw new Error(`site ${silent.join()} has not announced itself; logs are in ${folder}/log`);
  const { url, username, password, ca } = vcsim;
  const file: StackFile = {
    gateway: { url: gatewayUrl },
    token: seeded.tenantToken,
    adminToken,
    tenantId: seeded.tenantId,
    projects: seeded.projects,
    sites: {
      [site]: { platform: 'vsphere', url, username, password, ca: ca ?? null },
      ...(cluster !== undefined && { [cluster.name]: cluster.stackSite }),
    },
    amqpUrl: rabbit.url,
    databaseUrl: postgres.url,
    supervisor: process.pid,
    pids: {},
  };
  writePrivately(join(folder, 'stack.json'), JSON.stringify(file));
  return file;
}
