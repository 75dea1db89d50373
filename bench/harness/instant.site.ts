import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { call, type BenchStack } from '../stack';
import { Child } from './child';
import { instantPlatform } from './instant.adapter';

const site = 'bench-site';
const image = 'bench-image';
const places = 64;
const onlineMs = 30_000;

/** A site whose hypervisor answers at once, with its provisioner process and a project on it. */
export class InstantSite {
  private constructor(
    private readonly child: Child,
    readonly projectId: string,
  ) {}

  static async start(stack: BenchStack): Promise<InstantSite> {
    const admin = { gateway: stack.gateway, token: stack.adminToken };
    await call(admin, 'POST', '/v1/sites', { name: site, platform: instantPlatform, maxConcurrent: places });
    await call(admin, 'POST', '/v1/images', { name: image, templates: { [site]: 'template' } });
    const project = await call(admin, 'POST', '/v1/projects', {
      tenantId: stack.tenantId,
      name: 'bench-instant',
      site,
    });
    const child = Child.start('instant.process', {
      NODE_ENV: 'production',
      AMQP_URL: stack.amqpUrl ?? '',
      DCM_SITES_FILE: writeSites(stack.folder),
      BENCH_PASSWORD: 'none',
      LOG_LEVEL: 'warn',
    });
    const until = performance.now() + onlineMs;
    while ((await call(admin, 'GET', `/v1/sites/${site}`))['state'] !== 'online') {
      if (performance.now() > until) throw new Error('the bench provisioner does not announce itself');
      await sleep(50);
    }
    return new InstantSite(child, String(project['id']));
  }

  get pid(): number {
    return this.child.pid;
  }

  /** The body of a request for a VM here. */
  body(name: string): string {
    return JSON.stringify({ projectId: this.projectId, name, image, size: 'small' });
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}

function writeSites(folder: string): string {
  const file = join(folder, 'bench-sites.yaml');
  const one = {
    name: site,
    url: 'http://127.0.0.1:1/',
    credentials: { username: 'bench', passwordEnv: 'BENCH_PASSWORD' },
    sealingKeyFile: join(folder, 'bench-sealing.key'),
    limits: { maxConcurrent: places, maxReads: places },
  };
  writeFileSync(file, stringify({ sites: [one] }));
  return file;
}
