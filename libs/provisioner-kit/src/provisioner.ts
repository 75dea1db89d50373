import type { z } from 'zod';
import type { HypervisorPort, SiteConfig } from '@dcm/contracts';

/** What makes a provisioner of a platform: its identifier and how to make an adapter for one site. */
export interface ProvisionerPlatform<TOptions extends z.ZodObject = z.ZodObject> {
  /** The open identifier under which sites of this platform are registered, e.g. `vsphere`. */
  readonly platform: string;
  /** Makes the adapter of one site; it opens no connection yet. */
  readonly createAdapter: (site: SiteConfig<z.output<TOptions>>) => HypervisorPort;
  /** The platform's own settings per site (`options` in the sites file); strict. Absent: there are none. */
  readonly siteOptionsSchema?: TOptions;
}

export interface RunningProvisioner {
  /** Unique per process start. */
  readonly worker: string;
  /** Where the health server listens. */
  readonly port: number;
  /** Takes no more work, waits for what runs, closes adapters and broker. */
  close(): Promise<void>;
}
