import { hostname } from 'node:os';
import { z } from 'zod';
import { platformSchema, type HypervisorPort, type Platform, type SiteConfig } from '@dcm/contracts';
import { connectBroker } from '@dcm/messaging';
import { createLog, createMetrics, loadConfig, newId, standBack, type Environment } from '@dcm/runtime';
import { provisionerConfigSchema, type ProvisionerConfig } from './provisioner.config';
import { startProcess, type RunningProvisioner } from './provisioner-process';
import type { Site } from './site';
import { Sites } from './sites';
import { loadSites } from './sites.config';

/** What makes a provisioner of a platform: its identifier and how to make an adapter for one site. */
export interface ProvisionerPlatform<TOptions extends z.ZodObject = z.ZodObject> {
  /** The open identifier under which sites of this platform are registered, e.g. `vsphere`. */
  readonly platform: string;
  /** Makes the adapter of one site; it opens no connection yet. */
  readonly createAdapter: (site: SiteConfig<z.output<TOptions>>) => HypervisorPort;
  /** The platform's own settings per site (`options` in the sites file), always taken strictly. Absent: there are none. */
  readonly siteOptionsSchema?: TOptions;
}

/**
 * Runs all sites of the sites file: consumes their queues, announces them, and answers `/health` and `/metrics`. Waits for the broker.
 * @throws DcmError INVALID_REQUEST for a configuration that is wrong.
 */
export async function runProvisioner<TOptions extends z.ZodObject = z.ZodObject>(
  definition: ProvisionerPlatform<TOptions>,
  env: Environment = process.env,
): Promise<RunningProvisioner> {
  const platform = platformSchema.parse(definition.platform);
  const name = `provisioner-${platform}`;
  const log = createLog(name, env['LOG_LEVEL'] ?? 'info');
  standBack(env, log);
  const config = loadConfig(provisionerConfigSchema, env);
  const sites = new Sites(openSites(platform, definition, config, env));
  const broker = await connectBroker(config.AMQP_URL, { name, log });
  const worker = `${hostname()}-${process.pid}-${newId()}`;
  return startProcess({ config, broker, worker, sites, metrics: createMetrics(), log });
}

function openSites<TOptions extends z.ZodObject>(
  platform: Platform,
  definition: ProvisionerPlatform<TOptions>,
  config: ProvisionerConfig,
  env: Environment,
): Site[] {
  const options = definition.siteOptionsSchema ?? (z.strictObject({}) as unknown as TOptions);
  return loadSites(config.DCM_SITES_FILE, options, env).map((site) => ({
    platform,
    config: site.config,
    sealingKey: site.sealingKey,
    adapter: definition.createAdapter(site.config),
  }));
}
