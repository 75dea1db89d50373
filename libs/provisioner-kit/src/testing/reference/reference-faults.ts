import { randomUUID } from 'node:crypto';
import type { HypervisorPort } from '@dcm/contracts';
import type { GuestReport, NativeVm, TargetFaults } from '../target';
import { ReferenceHypervisor, type ReferenceVm } from './reference-hypervisor';
import type { ReferenceAdapterOptions } from './reference.adapter';

const crowdSize = 1_000;
const bridge = '02:42:ac:11:00:01';

/** Makes an adapter for the reference hypervisor; tests plant bugs in theirs. */
export type ReferenceAdapterFactory = (
  server: ReferenceHypervisor,
  options?: ReferenceAdapterOptions,
) => HypervisorPort;

/** As an administrator sees it. */
export const nativeOf = ({ nativeId, name, power }: ReferenceVm): NativeVm => ({ nativeId, name, power });

/** @throws Error when there is none. */
export function vmOf(server: ReferenceHypervisor, nativeId: string): ReferenceVm {
  const vm = server.everything.get(nativeId);
  if (vm === undefined) throw new Error(`there is no VM ${nativeId}`);
  return vm;
}

const until = (end: () => void): Promise<() => Promise<void>> =>
  Promise.resolve(() => {
    end();
    return Promise.resolve();
  });

/** Everything goes wrong on the reference hypervisor. */
export const faultsOf = (server: ReferenceHypervisor, open: ReferenceAdapterFactory): TargetFaults => ({
  ...siteFaults(server),
  ...vmFaults(server),
  wrongPassword: () => {
    const before = server.logins;
    return Promise.resolve({ port: open(server, { password: 'wrong' }), logins: () => server.logins - before });
  },
  untrusted: () => {
    const before = server.network.calls;
    const port = open(server, { trusts: false });
    return Promise.resolve({ port, requests: () => server.network.calls - before });
  },
  crowd: () => {
    const crowded = new ReferenceHypervisor();
    const vms = Array.from({ length: crowdSize }, (_, index) =>
      crowded.insert({ uuid: randomUUID(), name: `vm-${index}`, mark: null, cpus: 1, memoryMib: 1, disksGib: [1] }),
    );
    const port = open(crowded);
    const close = async (): Promise<void> => {
      await port.close();
      await crowded.close();
    };
    return Promise.resolve({ port, nativeIds: vms.map(({ nativeId }) => nativeId), close });
  },
});

type SiteFaults = Omit<TargetFaults, keyof ReturnType<typeof vmFaults> | 'wrongPassword' | 'untrusted' | 'crowd'>;

const siteFaults = (server: ReferenceHypervisor): SiteFaults => ({
  hang: () => until(server.hang()),
  halfOpen: () => until(server.hang()),
  answerUnavailable: () => {
    server.isUnavailable = true;
    return until(() => {
      server.isUnavailable = false;
    });
  },
  refuseConnections: () => {
    server.network.isRefusing = true;
    return until(() => {
      server.network.isRefusing = false;
    });
  },
  slow: () => {
    server.network.latencyMs = 100;
    return until(() => {
      server.network.latencyMs = 0;
    });
  },
  hideVms: () => {
    server.showsVms = false;
    return until(() => {
      server.showsVms = true;
    });
  },
  loseConnections: () => {
    server.vanish();
    return Promise.resolve();
  },
  expireSessions: () => {
    server.endSessions();
    return Promise.resolve();
  },
  mutations: () => Promise.resolve(server.mutations),
  holdChange: () => Promise.resolve(server.network.hold()),
});

const vmFaults = (
  server: ReferenceHypervisor,
): Pick<TargetFaults, 'loseCreateAnswer' | 'loseAnswer' | 'guest' | 'duplicate'> => ({
  loseCreateAnswer: () => {
    server.network.loseAnswer('create');
    return Promise.resolve();
  },
  loseAnswer: (change) => {
    server.network.loseAnswer(change);
    return Promise.resolve();
  },
  guest: (nativeId: string, { tools, addresses }: GuestReport) => {
    const vm = vmOf(server, nativeId);
    vm.toolsRunning = tools === 'running';
    vm.addresses = addresses.map(({ address, on }) => ({ address, mac: on === 'nic' ? vm.mac : bridge }));
    server.changed(nativeId);
    return Promise.resolve();
  },
  duplicate: (nativeId: string, name: string) =>
    Promise.resolve(nativeOf(server.insert({ ...vmOf(server, nativeId), name }))),
});
