import type { HypervisorPort, Platform, SiteConfig } from '@dcm/contracts';
import type { SealingKey } from '@dcm/runtime';

/** One site at work: its configuration, its adapter and the key for its guests' secrets. */
export interface Site {
  readonly platform: Platform;
  readonly config: SiteConfig;
  readonly sealingKey: SealingKey;
  readonly adapter: HypervisorPort;
}
