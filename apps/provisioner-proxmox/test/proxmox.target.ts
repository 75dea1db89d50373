import type { VmSpec } from '@dcm/contracts';
import type { ConformanceTarget } from '@dcm/provisioner-kit/testing';
import { startProxmox, type Proxmox, type ProxmoxOptions } from '../../../sims/proxmox/proxmox';
import { ProxmoxAdapter } from '../src/proxmox.adapter';
import { aSite, byTicket, byToken, VMID_BASE } from './a.site';
import { Administrator } from './administrator';
import { FaultProxy } from './fault.proxy';
import { faultsOf } from './proxmox.faults';

/** Guests say nothing until a test lets them. */
export const QUIET_GUESTS = { guestDelayMs: 3_600_000 } as const;

/** A disk image that is imported: there is nothing to stand on. */
const IMPORTED = 'nas:import/debian-12.qcow2';

/** A small VM of the simulator's template. */
export const aVm = (overrides: Partial<VmSpec> = {}): VmSpec => ({
  name: 'web-01',
  platformName: 'web-01',
  image: { name: 'debian-12', source: 'debian-12-template' },
  cpus: 1,
  memoryMib: 128,
  disks: [],
  networks: [{ network: 'vmbr0' }],
  poweredOn: true,
  labels: {},
  metadata: {},
  guest: { hostname: null, sshKeys: [], userData: null },
  ...overrides,
});

const NO_SESSIONS = 'an API token has no session; the run with tickets proves it';

/** A simulated cluster as a target of the conformance suite, with an account that logs in by its token or by tickets. */
export async function proxmoxTarget(
  by: 'token' | 'ticket' = 'token',
  options: ProxmoxOptions = {},
): Promise<ConformanceTarget> {
  const proxmox: Proxmox = await startProxmox({ strangers: 0, imports: [IMPORTED], ...QUIET_GUESTS, ...options });
  const proxy = await FaultProxy.listen(proxmox);
  let last = 0;
  const admin = new Administrator(proxmox, () => VMID_BASE + last);
  const credentials = by === 'token' ? byToken(proxmox) : byTicket(proxmox);
  return {
    platform: 'proxmox',
    openPort: () => Promise.resolve(new ProxmoxAdapter(aSite(proxmox, { url: proxy.url, credentials }))),
    aVm,
    missing: {
      image: 'no-such-template',
      network: 'no-such-bridge',
      storage: { storage: 'no-such-storage' },
      key: 'datastore',
    },
    wishes: {
      'linked-clone': { met: {}, unmet: { image: { name: 'debian-12', source: IMPORTED } } },
      'secure-boot': { met: { metadata: { bios: 'ovmf' } }, unmet: {} },
      'domain-join': { met: {}, unmet: {} },
    },
    admin,
    faults: faultsOf({ proxmox, proxy, admin, credentials }),
    limits: by === 'token' ? { expireSessions: NO_SESSIONS } : {},
    nextInstanceNumber: () => (last += 1),
    close: async () => {
      await proxy.close();
      await proxmox.stop();
    },
  };
}
