import { ConnectionOptionError, trustOf, type TlsTrust } from '@dcm/connection';
import { DcmError, type SiteConfig } from '@dcm/contracts';
import { z } from 'zod';
import { PveClient, type PveClientOptions, type PveEndpoint } from './client/pve.client';
import { PveRequestError } from './client/pve.errors';

/** What PVE takes as the identifier of a pool, a storage or a node. */
const identifier = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'must be an identifier of the cluster');

const pin = z
  .string()
  .transform((text) => text.replaceAll(':', '').toLowerCase())
  .pipe(z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 fingerprint: 64 hex digits'));

const endpointSchema = z.strictObject({
  /** Such as `https://pve2.example:8006`. */
  url: z.url({ protocol: /^https?$/, error: 'must be an https address' }),
  /** The cluster's name of that node. Default: the first label of the host name. */
  node: identifier.optional(),
  /** Fingerprint of that node's certificate. Default: the site's `tls` counts. */
  pinSha256: pin.optional(),
});

/** A site's own settings (`options` in the sites file). Names are those of the cluster. */
export const siteOptionsSchema = z.strictObject({
  /** Other nodes of the cluster, asked when the site's own address does not answer, and for the VMs that they run. */
  endpoints: z.array(endpointSchema).max(32).default([]),
  /** The node behind the site's own address. Default: the first label of its host name. */
  urlNode: identifier.optional(),
  /** A VM's id is this and its instance number: a range that no person and no other tool draws from. */
  vmidBase: z.int().min(100).max(900_000_000).default(500_000),
  /** Resource pool of all VMs of DCM. */
  pool: identifier.optional(),
  /** Node for VMs that name none. Default: the one with most free memory that can hold them. */
  node: identifier.optional(),
  /** Storage for VMs that name none. Default: the image's own. */
  storage: identifier.optional(),
  /** Bridge or vnet of VMs that name none. Default: the image's own. */
  bridge: identifier.optional(),
  /**
   * Names that requests may use for a bridge with a VLAN, so that one name means the same on several platforms.
   * Bridges and vnets can be named as they are too.
   */
  networks: z
    .record(
      z.string().min(1).max(255),
      z.strictObject({ bridge: identifier, vlan: z.int().min(1).max(4094).optional() }),
    )
    .default({}),
  /** The user whom cloud-init makes. Default: the image's own. */
  ciUser: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/)
    .optional(),
  /** Where guests look up names without a domain. Default: the image's own. */
  searchDomain: z.hostname().optional(),
  /** CPU type of VMs that name none. Default: the image's own. */
  cpuType: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/)
    .optional(),
  /** Whether VMs get disks of their own, rather than ones that share the template's blocks. */
  fullClone: z.boolean().default(true),
  /** Calls to the cluster under way at once, per process. */
  maxSockets: z.int().min(1).max(256).default(8),
  /** Disks that are being copied to one storage at once. Counted per process. */
  maxClonesPerStorage: z.int().min(1).max(64).default(4),
  /** Share of a storage that is kept free: thin volumes grow. */
  storageReserve: z.number().min(0).max(0.9).default(0.1),
  /** How long a locked VM without a mark may stand after its task has gone, before an operator is asked. */
  stageOneGraceMs: z.int().min(0).max(3_600_000).default(120_000),
  /** How long a guest may take to shut down or to begin a restart. */
  softPowerTimeoutMs: z.int().min(1_000).max(900_000).default(120_000),
  /** How often the change feed looks. */
  changePollMs: z.int().min(100).max(60_000).default(2_000),
  /** How long a refused password is not tried again: repeated tries lock the account. */
  loginBackOffMs: z.int().min(0).max(3_600_000).default(60_000),
});
export type SiteOptions = z.output<typeof siteOptionsSchema>;
export type ProxmoxSite = SiteConfig<SiteOptions>;

/**
 * The client of a site's cluster; it does not connect yet.
 * @throws DcmError INVALID_REQUEST when an address, the trust or the account's name cannot be used
 */
export function createClient(site: ProxmoxSite): PveClient {
  try {
    return new PveClient(clientOptions(site));
  } catch (error) {
    if (!(error instanceof PveRequestError || error instanceof ConnectionOptionError)) throw error;
    throw new DcmError('INVALID_REQUEST', `Unable to set up site ${site.name}: ${error.message}`);
  }
}

function clientOptions({ url, credentials, tls, limits, options }: ProxmoxSite): PveClientOptions {
  const trust = trustOf(tls);
  const own = { url: url.href, tls: trust, ...(options.urlNode !== undefined && { node: options.urlNode }) };
  return {
    endpoints: [own, ...options.endpoints.map((endpoint) => endpointOf(endpoint, trust))],
    username: credentials.username,
    password: credentials.password,
    timeoutMs: limits.callTimeoutMs,
    maxConcurrent: options.maxSockets,
    loginBackOffMs: options.loginBackOffMs,
  };
}

function endpointOf({ url, node, pinSha256 }: z.output<typeof endpointSchema>, trust: TlsTrust): PveEndpoint {
  const tls = pinSha256 === undefined ? trust : { pinSha256 };
  return { url, tls, ...(node !== undefined && { node }) };
}
