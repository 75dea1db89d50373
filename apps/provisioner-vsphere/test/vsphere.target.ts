import { siteNameSchema, type VmSpec } from '@dcm/contracts';
import type { ConformanceTarget } from '@dcm/provisioner-kit/testing';
import { vcsimTarget, type VcsimOptions, type VcsimTarget } from '../../../sims/vcsim/vcsim';
import { VsphereAdapter } from '../src/vsphere.adapter';
import { siteOptionsSchema, type SiteOptions, type VsphereSite } from '../src/vsphere.config';
import { Administrator } from './administrator';
import { FaultProxy } from './fault.proxy';

/** In a lab these may bear other names. */
const TEMPLATE = process.env['VCSIM_TEMPLATE'] ?? 'debian-12-template';
const NETWORK = process.env['VCSIM_NETWORK'] ?? 'VM Network';

/** What of a site differs from the default. */
export interface SiteChanges {
  readonly url?: URL;
  readonly password?: string;
  readonly options?: Partial<SiteOptions>;
}

/** A site's configuration, straight to the vCenter unless another address is given. */
export function aSite({ url, username, password, ca, pin }: VcsimTarget, changes: SiteChanges = {}): VsphereSite {
  const address = changes.url ?? new URL(url);
  const trust = pin === undefined ? ({ kind: 'ca', pem: ca ?? '' } as const) : ({ kind: 'pin', sha256: pin } as const);
  return {
    name: siteNameSchema.parse('lab'),
    url: address,
    credentials: { username, password: changes.password ?? password },
    tls: address.protocol === 'http:' ? { kind: 'none' } : trust,
    limits: { maxConcurrent: 8, maxReads: 8, callTimeoutMs: 20_000 },
    options: siteOptionsSchema.parse({ softPowerTimeoutMs: 5_000, ...changes.options }),
  };
}

/** A small VM of the simulator's template. */
export const aVm = (overrides: Partial<VmSpec> = {}): VmSpec => ({
  name: 'web-01',
  platformName: 'web-01',
  image: { name: 'debian-12', source: TEMPLATE },
  cpus: 1,
  memoryMib: 128,
  disks: [],
  networks: [{ network: NETWORK }],
  poweredOn: true,
  labels: {},
  metadata: {},
  guest: { hostname: null, sshKeys: [], userData: null },
  ...overrides,
});

/** The vCenter that `VCSIM_URL` names, else a simulated one, as a target of the conformance suite. */
export async function vsphereTarget(options: VcsimOptions = {}): Promise<ConformanceTarget> {
  const vcenter = await vcsimTarget({ tools: 'absent', ...options });
  const proxy = await FaultProxy.listen(vcenter);
  const admin = new Administrator(vcenter);
  await admin.ensureSeed(TEMPLATE);
  const open = (password?: string): VsphereAdapter =>
    new VsphereAdapter(aSite(vcenter, { url: proxy.url, ...(password !== undefined && { password }) }));
  return {
    platform: 'vsphere',
    openPort: () => Promise.resolve(open()),
    aVm,
    missing: {
      image: 'no-such-template',
      network: 'no-such-network',
      storage: { datastore: 'no-such-datastore' },
      key: 'dataStore',
    },
    admin,
    faults: {
      loseCreateAnswer: whenCalled(() => {
        proxy.loseAnswer();
      }),
      hang: () => Promise.resolve(whenCalled(proxy.hang())),
      answerUnavailable: () => Promise.resolve(whenCalled(proxy.answerUnavailable())),
      expireSessions: whenCalled(() => {
        proxy.expireSessions();
      }),
      wrongPassword: () => {
        const before = proxy.count('Login');
        return Promise.resolve({ port: open('wrong'), logins: () => proxy.count('Login') - before });
      },
      mutations: () => Promise.resolve(proxy.mutations),
    },
    limits: (await admin.canRepeatNames())
      ? { 'accepts-duplicate-names': 'this simulator lets two VMs of one folder have the same name' }
      : {},
    close: async () => {
      await admin.close();
      await proxy.close();
      await vcenter.stop();
    },
  };
}

const whenCalled = (act: () => void) => (): Promise<void> => {
  act();
  return Promise.resolve();
};
