import type { SiteName } from '../ids';

/** How a site's certificate is trusted: by an authority (PEM), by the SHA-256 of the leaf (hex without colons), by the system's authorities. `none` is plain HTTP, allowed to loopback only. */
export type SiteTls =
  | { readonly kind: 'ca'; readonly pem: string }
  | { readonly kind: 'pin'; readonly sha256: string }
  | { readonly kind: 'system' }
  | { readonly kind: 'none' };

export interface SiteLimits {
  /** Mutations in flight on the whole site, over all replicas. */
  readonly maxConcurrent: number;
  /** Reads that one replica runs at a time. */
  readonly maxReads: number;
  /** How long one call to the platform may take. */
  readonly callTimeoutMs: number;
}

/** What an adapter is made from: one site with its secrets resolved. It never leaves the provisioner. `options` are the platform's own. */
export interface SiteConfig<TOptions = unknown> {
  readonly name: SiteName;
  readonly url: URL;
  readonly credentials: { readonly username: string; readonly password: string };
  readonly tls: SiteTls;
  readonly limits: SiteLimits;
  readonly options: TOptions;
}
