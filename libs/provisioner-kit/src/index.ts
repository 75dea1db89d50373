export type { SiteConfig, SiteLimits, SiteTls } from '@dcm/contracts';
export { runProvisioner, type ProvisionerPlatform } from './provisioner';
export type { RunningProvisioner } from './provisioner-process';
