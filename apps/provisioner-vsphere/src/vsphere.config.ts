import { ConnectionOptionError, trustOf } from '@dcm/connection';
import { DcmError, type SiteConfig } from '@dcm/contracts';
import { z } from 'zod';
import { VimClient, type VimClientOptions } from './client/vim.client';
import { VimRequestError } from './client/vim.errors';
import { folderPathSchema } from './metadata.schema';
import { forbiddenReason } from './settings.policy';

const name = z.string().min(1).max(255);

const settingPattern = z
  .string()
  .regex(/^[A-Za-z0-9_:.-]+\*?$/, 'must be a key, or its beginning with "*"')
  .superRefine((pattern, ctx) => {
    const reason = forbiddenReason(pattern);
    if (reason !== undefined) ctx.addIssue({ code: 'custom', message: `must not be allowed: ${reason}` });
  });

/** A site's own settings (`options` in the sites file). Names are those of the vCenter's inventory; a path begins with `/`. */
export const siteOptionsSchema = z.strictObject({
  /** Name or path. Default: the only one that the account sees. */
  datacenter: name.optional(),
  /** Where new VMs go, below the datacenter's VM folder. */
  folder: folderPathSchema.default('dcm'),
  /** Whether DCM may make that folder when it is missing. */
  createFolder: z.boolean().default(true),
  /** Cluster or standalone host for VMs that name none. Default: the one with most free memory, clusters first. */
  cluster: name.optional(),
  /** Resource pool for VMs that name none; of that cluster, where one is named. */
  resourcePool: name.optional(),
  /** Datastore for VMs that name none. Default: the one with most free space. */
  datastore: name.optional(),
  /** Network of VMs that name none. Default: an image's own, and none for a blank VM. */
  network: name.optional(),
  /** The newest API version to speak. */
  apiVersion: z
    .string()
    .regex(/^\d+(\.\d+){1,3}$/)
    .optional(),
  /** Calls to the vCenter under way at once, per process. */
  maxSockets: z.int().min(1).max(64).default(8),
  /** Whole copies that one host makes at once; a linked clone counts as a quarter of one. Counted per process. */
  maxClonesPerHost: z.int().min(1).max(64).default(4),
  /** Advanced settings that requests may set beside DCM's own list: keys, or beginnings that end with `*`. */
  extraConfig: z.array(settingPattern).max(64).default([]),
  /** How long a guest may take to shut down or to begin a restart. */
  softPowerTimeoutMs: z.int().min(1_000).max(900_000).default(120_000),
  /** How long a refused password is not tried again: repeated tries lock the account. */
  loginBackOffMs: z.int().min(0).max(3_600_000).default(60_000),
});
export type SiteOptions = z.output<typeof siteOptionsSchema>;
export type VsphereSite = SiteConfig<SiteOptions>;

/**
 * The client of a site's vCenter; it does not connect yet.
 * @throws DcmError INVALID_REQUEST when the address or the trust cannot be used, such as plain HTTP to another machine.
 */
export function createClient(site: VsphereSite): VimClient {
  try {
    return new VimClient(clientOptions(site));
  } catch (error) {
    if (!(error instanceof VimRequestError || error instanceof ConnectionOptionError)) throw error;
    throw new DcmError('INVALID_REQUEST', `Unable to set up site ${site.name}: ${error.message}`);
  }
}

function clientOptions({ url, credentials, tls, limits, options }: VsphereSite): VimClientOptions {
  return {
    url: url.href,
    username: credentials.username,
    password: credentials.password,
    tls: trustOf(tls),
    timeoutMs: limits.callTimeoutMs,
    maxConcurrent: options.maxSockets,
    loginBackOffMs: options.loginBackOffMs,
    ...(options.apiVersion !== undefined && { apiVersion: options.apiVersion }),
  };
}
