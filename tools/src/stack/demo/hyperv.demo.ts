import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSimulator } from '../../services/simulator.service';
import { logDir, simulatorOf } from '../paths';
import type { Demo, RunningDemoSite } from './demo.site';
import { SitesFolder } from './sites.folder';

const name = 'hyperv-demo';
const platform = 'hyperv';
const username = 'CONTOSO\\svc-dcm';
const template = 'debian-12-template';
/** The library of the simulated server, through which guests are told what cloud-init reads. */
export const library = {
  share: '\\\\vmm01.contoso.test\\MSSCVMMLibrary',
  folder: 'C:\\ProgramData\\Virtual Machine Manager Library Files',
};

async function start(password: string): Promise<RunningDemoSite | string> {
  const script = simulatorOf('winrm');
  if (!existsSync(script)) return `no Hyper-V demo site: ${script} was not built`;
  const folder = new SitesFolder(platform);
  const caFile = folder.path('ca.pem');
  const simulator = await startSimulator({
    name: platform,
    script,
    args: ['--die-with-parent', '--ca-out', caFile],
    env: { WINRM_PASSWORD: password },
    logFile: join(logDir(), 'winrm.log'),
  });
  const sitesFile = folder.placeSite({
    name,
    url: simulator.url,
    credentials: { username, passwordFile: folder.place('password', password) },
    tls: { caFile },
    options: { library },
  });
  return {
    name,
    platform,
    templates: { 'debian-12': template },
    stackSite: { platform, url: simulator.url, username, password, ca: readFileSync(caFile, 'utf8') },
    sitesFile,
    stop: () => simulator.stop(),
  };
}

/** A simulated SCVMM server behind WinRM. */
export const hypervDemo: Demo = { name, platform, start };
