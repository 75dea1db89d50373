import type { Demo, RunningDemoSite } from './demo.site';
import { hypervDemo } from './hyperv.demo';
import { proxmoxDemo } from './proxmox.demo';
import { vsphereDemo } from './vsphere.demo';

/** One demo site per platform; the first is the one that the screen's example uses. */
const demos: readonly Demo[] = [vsphereDemo, proxmoxDemo, hypervDemo];

export interface RunningDemoSites {
  readonly sites: readonly RunningDemoSite[];
  /** Why a site was left out. */
  readonly notes: readonly string[];
}

/**
 * The demo sites to start.
 * @param names those that are wanted; none names all.
 * @throws Error that names the site which does not exist, and those that do.
 */
export function chooseDemos(names: readonly string[]): readonly Demo[] {
  const unknown = names.find((name) => !demos.some((demo) => demo.name === name));
  if (unknown !== undefined) {
    throw new Error(
      `--site ${unknown}: there is no such demo site; there are ${demos.map((one) => one.name).join(', ')}`,
    );
  }
  return names.length === 0 ? demos : demos.filter((demo) => names.includes(demo.name));
}

/**
 * Starts the sites at once. A site whose hypervisor cannot be had is left out, with a note.
 * @param onStarted told of each site as soon as it runs, so that it ends even when another fails.
 */
export async function startDemoSites(
  chosen: readonly Demo[],
  passwords: Readonly<Record<string, string>>,
  onStarted: (site: RunningDemoSite) => void,
): Promise<RunningDemoSites> {
  const results = await Promise.allSettled(
    chosen.map(async (demo) => {
      const result = await demo.start(passwords[demo.name] ?? '');
      if (typeof result !== 'string') onStarted(result);
      return result;
    }),
  );
  const sites: RunningDemoSite[] = [];
  const notes: string[] = [];
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason;
    if (typeof result.value === 'string') notes.push(result.value);
    else sites.push(result.value);
  }
  return { sites, notes };
}
