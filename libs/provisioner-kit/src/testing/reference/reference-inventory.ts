import type { ResourcePool } from '@dcm/contracts';
import type { ReferenceHypervisor } from './reference-hypervisor';

/** The one node of the reference hypervisor. */
export const resourcePoolOf = (server: ReferenceHypervisor): ResourcePool => ({
  nativeId: 'node-1',
  kind: 'node',
  name: 'node-1',
  path: '/node-1',
  available: true,
  capacity: { cpuCores: 64, cpuTotalMhz: null, cpuUsedMhz: null, memoryTotalMib: 262_144, memoryUsedMib: 1_024 },
  storages: [...server.storages].map(([name, nativeId]) => ({
    nativeId,
    name,
    type: 'memory',
    shared: false,
    available: true,
    totalGib: 1_024,
    freeGib: 1_000,
  })),
  networks: [...server.networks].map(([name, nativeId]) => ({ nativeId, name, kind: 'bridge' })),
  images: [...server.images].map(([name, { nativeId }]) => ({ nativeId, name, guestOs: null })),
});
