import { join } from 'node:path';
import { HttpFaultProxy, reply, soapOperation } from '../../../sims/faults/faults';
import { vcsimTarget } from '../../../sims/vcsim/vcsim';
import { SitesFolder } from '../../../tools/src/stack/demo/sites.folder';
import { vsphereDemo } from '../../../tools/src/stack/demo/vsphere.demo';
import { logDir } from '../../../tools/src/stack/paths';
import { HttpWire } from './http.wire';
import { limits, type SiteGround } from './site.ground';

const { name, platform } = vsphereDemo;
const changes = ['CloneVM_Task', 'PowerOnVM_Task', 'ReconfigVM_Task', 'Destroy_Task'] as const;

const reads = /^(RetrieveProperties|RetrievePropertiesEx|FindAllByUuid|FindByUuid|FindChild)$/;
const noPermission =
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' +
  '<soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>Permission to perform this operation was denied.</faultstring>' +
  '<detail><NoPermissionFault xmlns="urn:vim25" xsi:type="NoPermission"><object type="Folder">group-v1</object>' +
  '<privilegeId>System.Read</privilegeId></NoPermissionFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>';

/** How long a clone and any other task stays running in the simulator. */
export interface TaskTimes {
  readonly cloneMs?: number | undefined;
  readonly taskMs?: number | undefined;
}

/** Starts a simulated vCenter. */
export async function startVsphere(password: string, { cloneMs = 400, taskMs = 100 }: TaskTimes): Promise<SiteGround> {
  const vcsim = await vcsimTarget({
    password,
    vms: 2,
    hosts: 3,
    hostCpus: 64,
    hostMemoryGib: 1024,
    datastoreGib: 65_536,
    logFile: join(logDir(), 'vcsim.log'),
    taskDelaysMs: { CloneVM_Task: cloneMs, PowerOnVM_Task: taskMs, ReconfigVM_Task: taskMs, Destroy_Task: taskMs },
  });
  const { url, ca, username } = vcsim;
  const upstream = ca === undefined ? {} : { upstream: { ca } };
  const proxy = await HttpFaultProxy.listen({ target: url, operationOf: soapOperation, ...upstream });
  const wire = new HttpWire([proxy], changes);
  const folder = new SitesFolder(platform);
  const credentials = { username, passwordFile: folder.place('password', vcsim.password) };
  return {
    name,
    platform,
    templates: { 'debian-12': 'debian-12-template' },
    stackSite: { platform, url, username, password: vcsim.password, ca: ca ?? null },
    sitesFile: folder.placeSite({ name, url: proxy.url.href, credentials, limits }),
    wire,
    loseRights: () => {
      const answer = { status: 500, headers: { 'content-type': 'text/xml' }, body: Buffer.from(noPermission) };
      const rule = proxy.add(
        reply('deny', () => answer),
        { operation: reads },
      );
      return Promise.resolve(() => {
        rule.remove();
        return Promise.resolve();
      });
    },
    stop: async () => {
      await wire.close();
      await vcsim.stop();
    },
  };
}
