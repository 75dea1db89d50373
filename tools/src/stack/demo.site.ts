import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { VcsimUnavailable, vcsimTarget, type VcsimTarget } from '../../../sims/vcsim/vcsim';
import { logDir, stateDir } from './paths';
import { writePrivately, type StackSite } from './stack.file';
import type { DemoSite } from './seed';

/** A demo site that runs: what to seed, what to tell tools, and the provisioner's sites file. */
export interface RunningDemoSite extends DemoSite {
  readonly stackSite: StackSite;
  readonly sitesFile: string;
  stop(): Promise<void>;
}

const name = 'vsphere-demo';
const template = 'debian-12-template';

const milliseconds = (variable: string): number | undefined => {
  const text = process.env[variable];
  return text === undefined || text === '' ? undefined : Number(text);
};

function writeSitesFile(target: VcsimTarget): string {
  const folder = join(stateDir(), 'vsphere');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const place = (file: string, text: string): string => {
    writePrivately(join(folder, file), text);
    return join(folder, file);
  };
  const tls =
    target.ca !== undefined
      ? { caFile: place('ca.pem', target.ca) }
      : target.pin !== undefined
        ? { pinSha256: target.pin }
        : { system: true };
  const site = {
    name,
    url: target.url,
    credentials: { username: target.username, passwordFile: place('password', target.password) },
    tls,
    sealingKeyFile: join(folder, 'sealing.key'),
  };
  return place('sites.yaml', stringify({ sites: [site] }));
}

/**
 * The vSphere demo site: the vCenter that `VCSIM_URL` names, else a simulated one. `DCM_DEMO_CLONE_DELAY_MS` slows its clones down.
 * @returns the reason when none can be had, so that the stack starts without it and says so.
 */
export async function startVsphereDemo(password: string): Promise<RunningDemoSite | string> {
  const cloneMs = milliseconds('DCM_DEMO_CLONE_DELAY_MS');
  try {
    const target = await vcsimTarget({
      password,
      vms: 2,
      hosts: 3,
      hostCpus: 64,
      hostMemoryGib: 1024,
      datastoreGib: 65_536,
      logFile: join(logDir(), 'vcsim.log'),
      ...(cloneMs === undefined ? {} : { taskDelaysMs: { CloneVM_Task: cloneMs } }),
    });
    return {
      name,
      platform: 'vsphere',
      templates: { 'debian-12': process.env['VCSIM_TEMPLATE'] ?? template },
      stackSite: {
        platform: 'vsphere',
        url: target.url,
        username: target.username,
        password: target.password,
        ca: target.ca ?? null,
      },
      sitesFile: writeSitesFile(target),
      stop: () => target.stop(),
    };
  } catch (error) {
    if (error instanceof VcsimUnavailable) return `no vSphere demo site: ${error.message}`;
    throw error;
  }
}
