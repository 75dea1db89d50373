import { join } from 'node:path';
import { VcsimUnavailable, vcsimTarget, type VcsimTarget } from '../../../../sims/vcsim/vcsim';
import { logDir } from '../paths';
import type { Demo, RunningDemoSite } from './demo.site';
import { SitesFolder } from './sites.folder';

const name = 'vsphere-demo';
const platform = 'vsphere';
const template = 'debian-12-template';

const numberOf = (variable: string): number | undefined => {
  const text = process.env[variable];
  return text === undefined || text === '' ? undefined : Number(text);
};

function writeSitesFile(target: VcsimTarget): string {
  const folder = new SitesFolder(platform);
  const maxClonesPerHost = numberOf('DCM_DEMO_CLONES_PER_HOST');
  return folder.placeSite({
    name,
    url: target.url,
    credentials: { username: target.username, passwordFile: folder.place('password', target.password) },
    tls: folder.tls(target),
    ...(maxClonesPerHost === undefined ? {} : { options: { maxClonesPerHost } }),
  });
}

async function start(password: string): Promise<RunningDemoSite | string> {
  const cloneMs = numberOf('DCM_DEMO_CLONE_DELAY_MS');
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
    const { url, username, ca } = target;
    return {
      name,
      platform,
      templates: { 'debian-12': process.env['VCSIM_TEMPLATE'] ?? template },
      stackSite: { platform, url, username, password: target.password, ca: ca ?? null },
      sitesFile: writeSitesFile(target),
      stop: () => target.stop(),
    };
  } catch (error) {
    if (error instanceof VcsimUnavailable) return `no vSphere demo site: ${error.message}`;
    throw error;
  }
}

/** The vCenter that `VCSIM_URL` names, else a simulated one. `DCM_DEMO_CLONE_DELAY_MS` slows its clones down, `DCM_DEMO_CLONES_PER_HOST` allows more of them. */
export const vsphereDemo: Demo = { name, platform, start };
