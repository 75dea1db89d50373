import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import {
  platformNameOf,
  siteNameSchema,
  type DeleteCommand,
  type HypervisorPort,
  type ProvisionCommand,
  type SiteName,
  type VmSpec,
} from '@dcm/contracts';
import { runProvisioner, type RunningProvisioner } from '../src';
import { aCommand } from '../src/testing/a-command';
import { ReferenceAdapter } from '../src/testing/reference/reference.adapter';
import { ReferenceHypervisor } from '../src/testing/reference/reference-hypervisor';
import { planFor, referencePlatform } from '../src/testing/reference/reference-plan';
import { referenceTarget } from '../src/testing/reference/reference-target';
import { Approvals } from './approvals';

const sitesFile = (site: string): string => `
sites:
  - name: ${site}
    url: https://reference.example
    credentials: { username: dcm, passwordEnv: SITE_PASSWORD }
    tls: { system: true }
    sealingKeyFile: sealing.key
    limits: { maxConcurrent: 4, callTimeoutMs: 2000 }
`;

/** A site of its own, approvals played by the test, a hypervisor in memory, and any number of provisioners. */
export class Scene {
  private readonly folder = mkdtempSync(join(tmpdir(), 'dcm-kit-'));
  private readonly provisioners: RunningProvisioner[] = [];

  private constructor(
    private readonly brokerUrl: string,
    /** Nobody else's: suites share a broker. */
    readonly site: SiteName,
    readonly approvals: Approvals,
    readonly hypervisor: ReferenceHypervisor,
  ) {}

  static async open(brokerUrl: string, hypervisor = new ReferenceHypervisor()): Promise<Scene> {
    const site = siteNameSchema.parse(`lab-${randomBytes(4).toString('hex')}`);
    const scene = new Scene(brokerUrl, site, await Approvals.open(brokerUrl, site), hypervisor);
    writeFileSync(join(scene.folder, 'sites.yaml'), sitesFile(site));
    return scene;
  }

  /** Starts one more replica. `env` may lead it to the broker by another way. */
  async provisioner(
    env: Record<string, string> = {},
    adapter: () => HypervisorPort = () => new ReferenceAdapter(this.hypervisor),
  ): Promise<RunningProvisioner> {
    const provisioner = await runProvisioner(
      { platform: referencePlatform, createAdapter: adapter, siteOptionsSchema: z.object({}) },
      {
        AMQP_URL: this.brokerUrl,
        DCM_SITES_FILE: join(this.folder, 'sites.yaml'),
        SITE_PASSWORD: 'reference',
        LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
        DCM_DRAIN_MS: '5000',
        ...env,
      },
    );
    this.provisioners.push(provisioner);
    return provisioner;
  }

  /** What every command for this site says; alone it is a delete command. */
  aCommand(overrides: Partial<DeleteCommand> = {}): DeleteCommand {
    return aCommand({ site: this.site, ...overrides });
  }

  /** A command for a new VM. */
  aProvision(overrides: Partial<DeleteCommand> = {}, spec: Partial<VmSpec> = {}): ProvisionCommand {
    const command = this.aCommand(overrides);
    const platformName = platformNameOf('vm', command.instanceId);
    const wanted = referenceTarget().aVm({ platformName, ...spec });
    return { ...command, vm: { spec: wanted, plan: planFor(wanted, this.hypervisor) } };
  }

  /** The VMs on the hypervisor, by name. */
  names(): string[] {
    return [...this.hypervisor.everything.values()].map(({ name }) => name);
  }

  async close(): Promise<void> {
    await Promise.all(this.provisioners.map((provisioner) => provisioner.close()));
    await this.approvals.close();
    await this.hypervisor.close();
    rmSync(this.folder, { recursive: true });
  }
}
