import { runProvisioner, type RunningProvisioner } from '@dcm/provisioner-kit';
import { onShutdown, type Environment } from '@dcm/runtime';
import { HypervAdapter } from './hyperv.adapter';
import { siteOptionsSchema } from './hyperv.config';

/** Starts the provisioner of all VMM servers that the sites file names. */
export const start = (env: Environment = process.env): Promise<RunningProvisioner> =>
  runProvisioner({ platform: 'hyperv', createAdapter: (site) => new HypervAdapter(site), siteOptionsSchema }, env);

const endOnSignal = ({ log, close }: RunningProvisioner): void => {
  onShutdown(log, close);
};
if (require.main === module) void start().then(endOnSignal);
