import { siteNameSchema } from '@dcm/contracts';
import type { Proxmox } from '../../../sims/proxmox/proxmox';
import { siteOptionsSchema, type ProxmoxSite, type SiteOptions } from '../src/proxmox.config';

/** How an adapter proves who it is. */
export type Credentials = ProxmoxSite['credentials'];

/** What of a site differs from the default. */
export interface SiteChanges {
  readonly url?: URL;
  readonly credentials?: Credentials;
  readonly tls?: ProxmoxSite['tls'];
  /** `undefined` takes a default away. */
  readonly options?: { readonly [K in keyof SiteOptions]?: SiteOptions[K] | undefined };
}

/** VMIDs of a test's VMs begin above this. */
export const VMID_BASE = 600_000;

/** The account with the least role, by its token. */
export const byToken = ({ token }: Proxmox): Credentials => ({ username: token.id, password: token.secret });

/** The same by its password, so by tickets. */
export const byTicket = ({ password }: Proxmox): Credentials => ({ username: 'dcm@pve', password });

/** A site's configuration, straight to the cluster's first node unless another address is given. */
export function aSite(proxmox: Proxmox, changes: SiteChanges = {}): ProxmoxSite {
  const url = changes.url ?? new URL(proxmox.url);
  return {
    name: siteNameSchema.parse('lab'),
    url,
    credentials: changes.credentials ?? byToken(proxmox),
    tls: url.protocol === 'http:' ? { kind: 'none' } : (changes.tls ?? { kind: 'ca', pem: proxmox.ca }),
    limits: { maxConcurrent: 8, maxReads: 8, callTimeoutMs: 20_000 },
    options: siteOptionsSchema.parse({
      vmidBase: VMID_BASE,
      pool: 'dcm',
      storage: 'ceph',
      urlNode: 'pve1',
      softPowerTimeoutMs: 2_000,
      changePollMs: 200,
      stageOneGraceMs: 2_000,
      ...changes.options,
    }),
  };
}
