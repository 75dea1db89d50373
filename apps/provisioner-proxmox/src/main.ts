import { runProvisioner, type RunningProvisioner } from '@dcm/provisioner-kit';
import { onShutdown, type Environment } from '@dcm/runtime';
import { ProxmoxAdapter } from './proxmox.adapter';
import { siteOptionsSchema } from './proxmox.config';

/** Starts the provisioner of all Proxmox VE clusters that the sites file names. */
export const start = (env: Environment = process.env): Promise<RunningProvisioner> =>
  runProvisioner({ platform: 'proxmox', createAdapter: (site) => new ProxmoxAdapter(site), siteOptionsSchema }, env);

const endOnSignal = ({ log, close }: RunningProvisioner): void => {
  onShutdown(log, close);
};
if (require.main === module) void start().then(endOnSignal);
