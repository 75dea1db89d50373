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

const small = { cpus: 1, memoryMb: 1024, diskGib: 8 };
const templates = [
  { name: 'debian-12-template', os: 'linux', ...small },
  { name: 'debian-12-generation-1', os: 'linux', generation: 1, ...small },
  { name: 'windows-2022-template', os: 'windows', ...small },
] as const;

/** A simulated VMM server behind WinRM over HTTPS with NTLM, as a target of the conformance suite. */
export async function hypervTarget(): Promise<ConformanceTarget> {
  const simulator = await Simulator.start({ templates });
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
    wishes: {
      'linked-clone': { met: {}, unmet: {} },
      'secure-boot': { met: {}, unmet: { image: { name: 'debian-12', source: 'debian-12-generation-1' } } },
      'domain-join': {
        met: {
          image: { name: 'windows-2022', source: 'windows-2022-template' },
          guest: { hostname: null, sshKeys: [], userData: null, adminPassword: 'Passw0rd-1' },
        },
        unmet: {},
      },
    },
    admin: administratorOf(simulator),
    faults: faultsOf(simulator),
    limits: {},
    close: () => simulator.close(),
  };
}
