import type { HypervisorPort, VmSpec } from '@dcm/contracts';
import type { ConformanceTarget, TargetAdmin } from '../target';
import { faultsOf, type ReferenceAdapterFactory, nativeOf, vmOf } from './reference-faults';
import { ReferenceAdapter, type ReferenceAdapterOptions } from './reference.adapter';
import { ReferenceHypervisor } from './reference-hypervisor';
import { referencePlatform } from './reference-plan';

const mib = { small: 256 };

const adminOf = (server: ReferenceHypervisor): TargetAdmin => ({
  listVms: () => Promise.resolve([...server.everything.values()].map(nativeOf)),
  createStranger: (name) => {
    const request = { uuid: crypto.randomUUID(), name, mark: null, cpus: 1, memoryMib: mib.small, disksGib: [1] };
    return Promise.resolve(nativeOf(server.insert(request)));
  },
  removeMark: (nativeId) => {
    vmOf(server, nativeId).mark = null;
    return Promise.resolve();
  },
  deleteVm: (nativeId) => {
    server.erase(nativeId);
    server.changed(nativeId);
    return Promise.resolve();
  },
  copyVm: (nativeId, name) => {
    const copy = server.insert({ ...vmOf(server, nativeId), uuid: crypto.randomUUID(), name });
    return Promise.resolve(nativeOf(copy));
  },
  renameVm: (nativeId, name) => {
    vmOf(server, nativeId).name = name;
    server.changed(nativeId);
    return Promise.resolve();
  },
  setPower: (nativeId, power) => {
    const vm = vmOf(server, nativeId);
    vm.power = power;
    vm.bootedAt = power === 'off' ? null : new Date().toISOString();
    server.changed(nativeId);
    return Promise.resolve();
  },
  isLinked: (nativeId) => Promise.resolve(vmOf(server, nativeId).wishes.isLinked === true),
  startsSecurely: (nativeId) => Promise.resolve(vmOf(server, nativeId).wishes.startsSecurely === true),
  joins: (nativeId, domain) => Promise.resolve(vmOf(server, nativeId).wishes.domain === domain),
});

const legacy: Partial<VmSpec> = { image: { name: 'legacy', source: 'legacy' } };

const honest: ReferenceAdapterFactory = (server, options) => new ReferenceAdapter(server, options);

/** The reference hypervisor as a target of the suite: it offers everything and has no limits. */
export function referenceTarget(
  createAdapter: ReferenceAdapterFactory = honest,
  server = new ReferenceHypervisor(),
): ConformanceTarget {
  const open = (options?: ReferenceAdapterOptions): HypervisorPort => createAdapter(server, options);
  return {
    platform: referencePlatform,
    openPort: () => Promise.resolve(open()),
    aVm: (overrides: Partial<VmSpec> = {}) => ({
      name: 'vm',
      platformName: 'vm',
      image: { name: 'golden', source: 'golden' },
      cpus: 1,
      memoryMib: mib.small,
      disks: [],
      networks: [{ network: 'lan' }],
      poweredOn: true,
      labels: {},
      metadata: {},
      guest: { hostname: null, sshKeys: [], userData: null },
      ...overrides,
    }),
    missing: {
      image: 'no-such-image',
      network: 'no-such-network',
      storage: { storage: 'no-such-store' },
      key: 'colour',
    },
    wishes: {
      'linked-clone': { met: {}, unmet: {} },
      'secure-boot': { met: {}, unmet: legacy },
      'domain-join': { met: {}, unmet: legacy },
    },
    admin: adminOf(server),
    faults: faultsOf(server, createAdapter),
    limits: {},
    close: () => server.close(),
  };
}
