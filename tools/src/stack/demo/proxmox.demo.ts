import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSimulator } from '../../services/simulator.service';
import { logDir, simulatorOf } from '../paths';
import type { Demo, RunningDemoSite } from './demo.site';
import { SitesFolder } from './sites.folder';

const name = 'proxmox-demo';
const platform = 'proxmox';
const provisioner = 'dcm@pve!provisioner';
const template = 'debian-12-template';

/** One node as the simulator tells of it: `NODE pve2 https://127.0.0.1:40123 AB:CD:…`. */
interface Node {
  readonly node: string;
  readonly url: string;
}

const nodesIn = (text: string): Node[] =>
  [...text.matchAll(/^NODE (\S+) (\S+) \S+$/gm)].map(([, node = '', url = '']) => ({ node, url }));

/** A token's secret is a UUID. @param password 32 hex digits */
const secretOf = (password: string): string =>
  [
    password.slice(0, 8),
    password.slice(8, 12),
    password.slice(12, 16),
    password.slice(16, 20),
    password.slice(20, 32),
  ].join('-');

function writeSitesFile(folder: SitesFolder, [first, ...others]: readonly Node[], secret: string): string {
  if (first === undefined) throw new Error('the simulated cluster told of no node');
  return folder.placeSite({
    name,
    url: first.url,
    credentials: { username: provisioner, passwordFile: folder.place('token', secret) },
    tls: { caFile: folder.path('ca.pem') },
    options: { urlNode: first.node, endpoints: others, pool: 'dcm' },
  });
}

async function start(password: string): Promise<RunningDemoSite | string> {
  const script = simulatorOf(platform);
  if (!existsSync(script)) return `no Proxmox demo site: ${script} was not built`;
  const folder = new SitesFolder(platform);
  const caFile = folder.path('ca.pem');
  const secret = secretOf(password);
  const simulator = await startSimulator({
    name: platform,
    script,
    args: ['--die-with-parent', '--ca-out', caFile],
    env: { PROXMOX_PASSWORD: password, PROXMOX_TOKEN_SECRET: secret },
    logFile: join(logDir(), 'proxmox.log'),
  });
  return {
    name,
    platform,
    templates: { 'debian-12': template },
    // The provisioner has its token; this is the account by which somebody looks at the cluster from outside.
    stackSite: { platform, url: simulator.url, username: 'root@pam', password, ca: readFileSync(caFile, 'utf8') },
    sitesFile: writeSitesFile(folder, nodesIn(simulator.said), secret),
    stop: () => simulator.stop(),
  };
}

/** A simulated Proxmox VE cluster of three nodes. */
export const proxmoxDemo: Demo = { name, platform, start };
