import type { VmSpec } from '@dcm/contracts';
import type { ConformanceTarget } from '@dcm/provisioner-kit/testing';
import { administratorOf } from './administrator';
import { faultsOf } from './hyperv.faults';
import { Simulator } from './simulator';

/** A small VM of the simulator's template. */
export const aVm = (overrides: Partial<VmSpec> = {}): VmSpec => ({
  name: 'web-01',
  platformName: 'web-01',
  image: { name: 'debian-12', source: 'debian-12-template' },
  cpus: 1,
  memoryMib: 128,
  disks: [],
  networks: [{ network: 'VM Network' }],
  poweredOn: true,
  labels: {},
  metadata: {},
  guest: { hostname: null, sshKeys: [], userData: null },
  ...overrides,
});

/** A simulated VMM server behind WinRM over HTTPS with NTLM, as a target of the conformance suite. */
export async function hypervTarget(): Promise<ConformanceTarget> {
  const simulator = await Simulator.start();
  return {
    platform: 'hyperv',
    openPort: () => Promise.resolve(simulator.open()),
    aVm,
    missing: {
      image: 'no-such-template',
      network: 'no-such-network',
      storage: { csv: 'no-such-volume' },
      key: 'datastore',
    },
    admin: administratorOf(simulator),
    faults: faultsOf(simulator),
    limits: {},
    close: () => simulator.close(),
  };
}
