import { siteNameSchema } from '@dcm/contracts';
import type { VcsimTarget } from '../../../sims/vcsim/vcsim';
import { siteOptionsSchema, type SiteOptions, type VsphereSite } from '../src/vsphere.config';

/** What of a site differs from the default. */
export interface SiteChanges {
  readonly url?: URL;
  readonly password?: string;
  readonly tls?: VsphereSite['tls'];
  readonly options?: Partial<SiteOptions>;
}

/** A site's configuration, straight to the vCenter unless another address is given. */
export function aSite({ url, username, password, ca, pin }: VcsimTarget, changes: SiteChanges = {}): VsphereSite {
  const address = changes.url ?? new URL(url);
  const trust = pin === undefined ? ({ kind: 'ca', pem: ca ?? '' } as const) : ({ kind: 'pin', sha256: pin } as const);
  return {
    name: siteNameSchema.parse('lab'),
    url: address,
    credentials: { username, password: changes.password ?? password },
    tls: address.protocol === 'http:' ? { kind: 'none' } : (changes.tls ?? trust),
    limits: { maxConcurrent: 8, maxReads: 8, callTimeoutMs: 20_000 },
    options: siteOptionsSchema.parse({ softPowerTimeoutMs: 5_000, ...changes.options }),
  };
}
