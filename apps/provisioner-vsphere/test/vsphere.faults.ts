import type { GuestReport, TargetFaults } from '@dcm/provisioner-kit/testing';
import { HttpFaultProxy, selfSigned, soapOperation } from '../../../sims/faults/faults';
import { startVcsim, type VcsimTarget } from '../../../sims/vcsim/vcsim';
import { VsphereAdapter } from '../src/vsphere.adapter';
import { aSite } from './a.site';
import { Administrator } from './administrator';
import type { FaultProxy } from './fault.proxy';

/** VMs on each of the two places of a crowded simulator. */
const CROWD_PER_PLACE = 500;
const A_PIN = 'ab'.repeat(32);

const until = (end: () => unknown): Promise<() => Promise<void>> =>
  Promise.resolve(async () => {
    await end();
  });

const now = (act: () => void): Promise<void> => {
  act();
  return Promise.resolve();
};

/** Everything that can go wrong with a vCenter: by the proxy before it, and by its administrator. */
export const faultsOf = (vcenter: VcsimTarget, proxy: FaultProxy, admin: Administrator): TargetFaults => ({
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
  hideVms: () => until(proxy.hideVms()),
  expireSessions: () =>
    now(() => {
      proxy.expireSessions();
    }),
  mutations: () => Promise.resolve(proxy.mutations),
  wrongPassword: () => {
    const before = proxy.count('Login');
    const port = new VsphereAdapter(aSite(vcenter, { url: proxy.url, password: 'wrong' }));
    return Promise.resolve({ port, logins: () => proxy.count('Login') - before });
  },
  untrusted: () => untrusted(vcenter),
  guest: (nativeId, report) =>
    admin.reconfigure(nativeId, { extraConfig: [{ key: 'sim.guest', value: scriptOf(report) }] }),
  duplicate: (nativeId, name) => admin.duplicateVm(nativeId, name),
  crowd,
});

/** As the simulator's guests read it. */
const scriptOf = ({ tools, addresses }: GuestReport): string =>
  [tools, ...addresses.map(({ address, on }) => `${address}@${on}`)].join(' ');

/** A server that shows a certificate of its own making to an adapter that has pinned another. */
async function untrusted(vcenter: VcsimTarget): ReturnType<TargetFaults['untrusted']> {
  const { key, cert } = selfSigned();
  const options = {
    target: vcenter.url,
    operationOf: soapOperation,
    upstream: 'unverified',
    tls: { key, cert },
  } as const;
  const stranger = await HttpFaultProxy.listen(options);
  const port = new VsphereAdapter(aSite(vcenter, { url: stranger.url, tls: { kind: 'pin', sha256: A_PIN } }));
  const close = port.close.bind(port);
  port.close = async (): Promise<void> => {
    await close();
    await stranger.close();
  };
  return { port, requests: () => stranger.calls.length };
}

async function crowd(): ReturnType<TargetFaults['crowd']> {
  const vcsim = await startVcsim({ vms: CROWD_PER_PLACE, tools: 'absent' });
  const port = new VsphereAdapter(aSite(vcsim));
  const observer = new Administrator(vcsim);
  const nativeIds = (await observer.listVms()).map(({ nativeId }) => nativeId);
  await observer.close();
  const close = async (): Promise<void> => {
    await port.close();
    await vcsim.stop();
  };
  return { port, nativeIds, close };
}
