import type { TargetFaults } from '@dcm/provisioner-kit/testing';
import { HttpFaultProxy, restOperation, selfSigned } from '../../../sims/faults/faults';
import { startProxmox, type Proxmox } from '../../../sims/proxmox/proxmox';
import { ProxmoxAdapter } from '../src/proxmox.adapter';
import { aSite, type Credentials } from './a.site';
import { Administrator } from './administrator';
import type { FaultProxy } from './fault.proxy';

/** VMs of a crowded cluster. */
const CROWD = 1_000;
const A_PIN = 'ab'.repeat(32);
const A_SECRET = '00000000-0000-0000-0000-000000000000';

const until = (end: () => unknown): Promise<() => Promise<void>> =>
  Promise.resolve(async () => {
    await end();
  });

const now = (act: () => void): Promise<void> => {
  act();
  return Promise.resolve();
};

/** What a target consists of. */
export interface Stage {
  readonly proxmox: Proxmox;
  readonly proxy: FaultProxy;
  readonly admin: Administrator;
  readonly credentials: Credentials;
}

/** Everything that can go wrong with a cluster: by the proxy before it, by its administrator, and inside it. */
export const faultsOf = ({ proxmox, proxy, admin, credentials }: Stage): TargetFaults => ({
  loseCreateAnswer: () =>
    now(() => {
      proxy.loseAnswer();
    }),
  loseAnswer: (change) =>
    now(() => {
      proxy.loseAnswerTo(change);
    }),
  holdChange: () => Promise.resolve(proxy.hold()),
  hang: () => until(proxy.hang()),
  halfOpen: () => until(proxy.halfOpen()),
  answerUnavailable: () => until(proxy.answerUnavailable()),
  refuseConnections: () => until(proxy.refuseConnections()),
  loseConnections: () =>
    now(() => {
      proxy.http.connections.freeze();
    }),
  slow: () => until(proxy.slow()),
  hideVms: async () => {
    await admin.grant('/pool/dcm', 'DCMProvisioner', false);
    return () => admin.grant('/pool/dcm', 'DCMProvisioner', true);
  },
  expireSessions: () =>
    now(() => {
      proxmox.control.expireTickets();
    }),
  mutations: () => Promise.resolve(proxy.mutations),
  wrongPassword: () => {
    const before = proxy.refused;
    const wrong = { ...credentials, password: A_SECRET };
    const port = new ProxmoxAdapter(aSite(proxmox, { url: proxy.url, credentials: wrong }));
    return Promise.resolve({ port, logins: () => proxy.refused - before });
  },
  untrusted: () => untrusted(proxmox),
  guest: (nativeId, { tools, addresses }) =>
    now(() => {
      proxmox.control.scriptGuest(
        Number(nativeId),
        tools === 'running' ? { agent: tools, addresses } : { agent: tools },
      );
    }),
  duplicate: (nativeId, name) => admin.duplicateVm(nativeId, name),
  crowd,
});

/** A server that shows a certificate of its own making to an adapter that has pinned another. */
async function untrusted(proxmox: Proxmox): ReturnType<TargetFaults['untrusted']> {
  const { key, cert } = selfSigned();
  const options = {
    target: proxmox.url,
    operationOf: restOperation,
    upstream: 'unverified',
    tls: { key, cert },
  } as const;
  const stranger = await HttpFaultProxy.listen(options);
  const port = new ProxmoxAdapter(aSite(proxmox, { url: stranger.url, tls: { kind: 'pin', sha256: A_PIN } }));
  const close = port.close.bind(port);
  port.close = async (): Promise<void> => {
    await close();
    await stranger.close();
  };
  return { port, requests: () => stranger.calls.length };
}

/** VMs of others, which the account may see. */
async function crowd(): ReturnType<TargetFaults['crowd']> {
  const proxmox = await startProxmox({ strangers: CROWD });
  const admin = new Administrator(proxmox);
  await admin.grant('/vms', 'DCMProvisioner', true);
  const port = new ProxmoxAdapter(aSite(proxmox));
  const rows = (await admin.rest.call('GET', '/cluster/resources', { type: 'vm' })) as Record<string, unknown>[];
  const nativeIds = rows.filter(({ template }) => template !== 1).map(({ vmid }) => String(vmid));
  const close = async (): Promise<void> => {
    await port.close();
    await proxmox.stop();
  };
  return { port, nativeIds, close };
}
