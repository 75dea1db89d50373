import type { VmSpec } from '@dcm/contracts';
import type { ConformanceTarget } from '@dcm/provisioner-kit/testing';
import { vcsimTarget, type VcsimOptions } from '../../../sims/vcsim/vcsim';
import { VsphereAdapter } from '../src/vsphere.adapter';
import { aSite } from './a.site';
import { Administrator } from './administrator';
import { FaultProxy } from './fault.proxy';
import { faultsOf } from './vsphere.faults';
import { limitsOf } from './vsphere.limits';

/** In a lab these may bear other names. */
const TEMPLATE = process.env['VCSIM_TEMPLATE'] ?? 'debian-12-template';
const NETWORK = process.env['VCSIM_NETWORK'] ?? 'VM Network';

/** Of a vCenter that is named, only what is named beside it is there. */
const SNAPPED = process.env['VCSIM_TEMPLATE_SNAPPED'] ?? 'debian-12-snapped';
const EFI = process.env['VCSIM_TEMPLATE_EFI'] ?? 'debian-12-efi';
const small = { cpus: 1, memoryMib: 1024, diskGib: 8 };
const templates = [
  { name: 'debian-12-template', ...small },
  { name: 'debian-12-snapped', ...small, snapshot: true },
  { name: 'debian-12-efi', ...small, efi: true },
];
const imageOf = (source: string): Partial<VmSpec> => ({ image: { name: source, source } });
const asWindows = { customization: 'windows', guestId: 'windows9Server64Guest' };

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
  const vcenter = await vcsimTarget({ tools: 'absent', guestDelayMs: 100, templates, ...options });
  const proxy = await FaultProxy.listen(vcenter);
  const admin = new Administrator(vcenter);
  await admin.ensureSeed(TEMPLATE);
  return {
    platform: 'vsphere',
    openPort: () => Promise.resolve(new VsphereAdapter(aSite(vcenter, { url: proxy.url }))),
    aVm,
    missing: {
      image: 'no-such-template',
      network: 'no-such-network',
      storage: { datastore: 'no-such-datastore' },
      key: 'dataStore',
    },
    wishes: {
      'linked-clone': { met: imageOf(SNAPPED), unmet: {} },
      'secure-boot': { met: imageOf(EFI), unmet: {} },
      'domain-join': {
        met: {
          metadata: asWindows,
          guest: { hostname: null, sshKeys: [], userData: null, adminPassword: 'Passw0rd-1' },
        },
        unmet: {},
      },
    },
    admin,
    faults: faultsOf(vcenter, proxy, admin),
    limits: await limitsOf(vcenter, admin),
    close: async () => {
      await admin.close();
      await proxy.close();
      await vcenter.stop();
    },
  };
}
