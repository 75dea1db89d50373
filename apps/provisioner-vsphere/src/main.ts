import { runProvisioner, type RunningProvisioner } from '@dcm/provisioner-kit';
import { onShutdown, type Environment } from '@dcm/runtime';
import { VsphereAdapter } from './vsphere.adapter';
import { siteOptionsSchema } from './vsphere.config';

/** Starts the provisioner of all vCenters that the sites file names. */
export const start = (env: Environment = process.env): Promise<RunningProvisioner> =>
  runProvisioner({ platform: 'vsphere', createAdapter: (site) => new VsphereAdapter(site), siteOptionsSchema }, env);

const endOnSignal = ({ log, close }: RunningProvisioner): void => {
  onShutdown(log, close);
};
if (require.main === module) void start().then(endOnSignal);
