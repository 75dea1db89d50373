export type { SiteConfig, SiteLimits, SiteTls } from '@dcm/contracts';
export type { ProvisionerPlatform, RunningProvisioner } from './provisioner';
