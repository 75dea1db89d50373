import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import axios from 'axios';
import { parse, stringify } from 'yaml';
import { HttpFaultProxy, restOperation } from '../../../sims/faults/faults';
import type { RunningDemoSite } from '../../../tools/src/stack/demo/demo.site';
import { proxmoxDemo } from '../../../tools/src/stack/demo/proxmox.demo';
import { writePrivately, type StackSite } from '../../../tools/src/stack/stack.file';
import { HttpWire } from './http.wire';
import { limits, type SiteGround } from './site.ground';

const changes = [
  /^POST .*\/qemu\/\d+\/clone$/,
  /^POST .*\/status\/\w+$/,
  /^(POST .*\/config|PUT .*\/resize)$/,
  /^DELETE .*\/qemu\/\d+$/,
] as const;

/** As the demo writes it. */
interface Site {
  readonly url: string;
  readonly tls: object;
  readonly options: { readonly endpoints: readonly { readonly node: string; readonly url: string }[] };
}

/** Starts a simulated Proxmox VE cluster, with a proxy before each of its nodes. @throws Error when it was not built. */
export async function startProxmox(password: string): Promise<SiteGround> {
  const running = await proxmoxDemo.start(password);
  if (typeof running === 'string') throw new Error(running);
  const proxies: HttpFaultProxy[] = [];
  const wire = new HttpWire(proxies, changes);
  const stop = async (): Promise<void> => {
    await wire.close();
    await running.stop();
  };
  try {
    await reroute(running, proxies);
  } catch (error) {
    await stop();
    throw error;
  }
  const loseRights = async (): Promise<() => Promise<void>> => {
    await grant(running.stackSite, false);
    return () => grant(running.stackSite, true);
  };
  return { ...running, wire, loseRights, stop };
}

/** Gives the provisioners' account its role on the pool, or takes it, as the cluster's administrator does. */
async function grant({ url, username, password, ca }: StackSite, isGranted: boolean): Promise<void> {
  const httpsAgent = new Agent(ca === null ? {} : { ca });
  const api = axios.create({ baseURL: `${url}/api2/json`, httpsAgent });
  const ticket = await api.post<{ data: { ticket: string; CSRFPreventionToken: string } }>('/access/ticket', {
    username,
    password,
  });
  const { ticket: cookie, CSRFPreventionToken: token } = ticket.data.data;
  const headers = { cookie: `PVEAuthCookie=${cookie}`, CSRFPreventionToken: token };
  const role = { path: '/pool/dcm', roles: 'DCMProvisioner', ...(isGranted ? {} : { delete: 1 }) };
  for (const holder of [{ users: 'dcm@pve' }, { tokens: 'dcm@pve!provisioner' }]) {
    await api.put('/access/acl', { ...role, ...holder }, { headers });
  }
  httpsAgent.destroy();
}

/** Leads the provisioners to the nodes by way of proxies. They speak plain HTTP: it is what lets them read the calls. */
async function reroute({ sitesFile, stackSite }: RunningDemoSite, proxies: HttpFaultProxy[]): Promise<void> {
  const { sites } = parse(readFileSync(sitesFile, 'utf8')) as { sites: Site[] };
  const upstream = stackSite.ca === null ? ('unverified' as const) : { ca: stackSite.ca };
  const before = async (target: string): Promise<string> => {
    const proxy = await HttpFaultProxy.listen({ target, operationOf: restOperation, upstream });
    proxies.push(proxy);
    return proxy.url.href;
  };
  const rerouted = await Promise.all(
    sites.map(async ({ url, tls: _plain, options, ...site }) => {
      const endpoints = options.endpoints.map(async (one) => ({ ...one, url: await before(one.url) }));
      return {
        ...site,
        url: await before(url),
        options: { ...options, endpoints: await Promise.all(endpoints) },
        limits,
      };
    }),
  );
  writePrivately(sitesFile, stringify({ sites: rerouted }));
}
