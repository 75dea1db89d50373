import type { HypervisorPort, VmSpec } from '@dcm/contracts';
import type { ConformanceTarget, NativeVm, TargetAdmin, TargetFaults } from '../target';
import { ReferenceAdapter } from './reference.adapter';
import { ReferenceHypervisor, type ReferenceVm } from './reference-hypervisor';
import { referencePlatform } from './reference-plan';

const nativeOf = ({ nativeId, name, power }: ReferenceVm): NativeVm => ({ nativeId, name, power });

const mib = { small: 256 };

function vmOf(server: ReferenceHypervisor, nativeId: string): ReferenceVm {
  const vm = server.everything.get(nativeId);
  if (vm === undefined) throw new Error(`there is no VM ${nativeId}`);
  return vm;
}

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
    return Promise.resolve();
  },
  copyVm: (nativeId, name) => {
    const copy = server.insert({ ...vmOf(server, nativeId), uuid: crypto.randomUUID(), name });
    return Promise.resolve(nativeOf(copy));
  },
  setPower: (nativeId, power) => {
    const vm = vmOf(server, nativeId);
    vm.power = power;
    vm.bootedAt = power === 'off' ? null : new Date().toISOString();
    return Promise.resolve();
  },
});

const faultsOf = (server: ReferenceHypervisor, open: (password?: string) => HypervisorPort): TargetFaults => ({
  loseCreateAnswer: () => {
    server.losesCreateAnswer = true;
    return Promise.resolve();
  },
  hang: () => {
    const release = server.hang();
    return Promise.resolve(() => {
      release();
      return Promise.resolve();
    });
  },
  answerUnavailable: () => {
    server.isUnavailable = true;
    return Promise.resolve(() => {
      server.isUnavailable = false;
      return Promise.resolve();
    });
  },
  expireSessions: () => {
    server.endSessions();
    return Promise.resolve();
  },
  wrongPassword: () => {
    const before = server.logins;
    return Promise.resolve({ port: open('wrong'), logins: () => server.logins - before });
  },
  mutations: () => Promise.resolve(server.mutations),
});

/** Makes an adapter for the reference hypervisor; tests plant bugs in theirs. */
export type ReferenceAdapterFactory = (server: ReferenceHypervisor, password?: string) => HypervisorPort;

const honest: ReferenceAdapterFactory = (server, password) =>
  new ReferenceAdapter(server, password === undefined ? {} : { password });

/** The reference hypervisor as a target of the suite: it offers everything and has no limits. */
export function referenceTarget(
  createAdapter: ReferenceAdapterFactory = honest,
  server = new ReferenceHypervisor(),
): ConformanceTarget {
  const open = (password?: string): HypervisorPort => createAdapter(server, password);
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
    admin: adminOf(server),
    faults: faultsOf(server, open),
    limits: {},
    close: () => server.close(),
  };
}
