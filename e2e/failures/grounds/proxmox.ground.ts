import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { proxmoxDemo } from '../../tools/src/stack/demo/proxmox.demo';
import type { RunningDemoSite } from '../../tools/src/stack/demo/demo.site';
import { writePrivately } from '../../tools/src/stack/stack.file';

/** The demo site of the simulated cluster. */
export const clusterSite = proxmoxDemo.name;

/**
 * Starts a simulated Proxmox VE cluster beside the vCenter. It stays up: what dies are the processes that work on it.
 * @param limits of its site: calls must end as soon as the campaign's leases are short.
 * @throws Error when it was not built.
 */
export async function startCluster(
  password: string,
  limits: Readonly<Record<string, number>>,
): Promise<RunningDemoSite> {
  const running = await proxmoxDemo.start(password);
  if (typeof running === 'string') throw new Error(running);
  const { sites } = parse(readFileSync(running.sitesFile, 'utf8')) as { sites: object[] };
  writePrivately(running.sitesFile, stringify({ sites: sites.map((site) => ({ ...site, limits })) }));
  return running;
}
