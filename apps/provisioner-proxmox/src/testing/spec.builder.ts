import type { VmSpec } from '@dcm/contracts';

/** A small VM of an image. */
export const aSpec = (overrides: Partial<VmSpec> = {}): VmSpec => ({
  name: 'web-01',
  platformName: 'web-01-0198f3c2',
  image: { name: 'debian-12', source: 'debian' },
  cpus: 1,
  memoryMib: 1024,
  disks: [],
  networks: [{ network: 'vmbr0' }],
  poweredOn: true,
  labels: {},
  metadata: {},
  guest: { hostname: null, sshKeys: [], userData: null },
  ...overrides,
});
