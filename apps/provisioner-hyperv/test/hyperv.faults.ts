import type { TargetFaults } from '@dcm/provisioner-kit/testing';
import { nativeOf } from './administrator';
import { mute } from '../../../sims/faults/faults';
import { Simulator } from './simulator';

const CROWD = 1_000;
const A_PIN = 'ab'.repeat(32);
/** What every request takes on a slow site. */
const SLOW_MS = 100;

const until = (end: () => unknown): Promise<() => Promise<void>> =>
  Promise.resolve(async () => {
    await end();
  });

const now = (act: () => void): Promise<void> => {
  act();
  return Promise.resolve();
};

/** Everything that can go wrong with a VMM server: in its PowerShell, at its door, on the way to it, and by its administrator. */
export const faultsOf = (simulator: Simulator): TargetFaults => ({
  ...processFaults(simulator),
  ...wayFaults(simulator),
  ...serverFaults(simulator),
});

type ProcessFault = 'loseCreateAnswer' | 'loseAnswer' | 'holdChange' | 'hang' | 'slow' | 'mutations';

const processFaults = ({ powershell: { faults } }: Simulator): Pick<TargetFaults, ProcessFault> => ({
  loseCreateAnswer: () =>
    now(() => {
      faults.loseNext('create');
    }),
  loseAnswer: (change) =>
    now(() => {
      faults.loseNext(change);
    }),
  holdChange: () => Promise.resolve(faults.holdNext()),
  hang: () => until(faults.hang()),
  slow: () => until(faults.slow(SLOW_MS)),
  mutations: () => Promise.resolve(faults.mutations),
});

type WayFault = 'halfOpen' | 'answerUnavailable' | 'refuseConnections' | 'loseConnections' | 'expireSessions';

const wayFaults = (simulator: Simulator): Pick<TargetFaults, WayFault> => {
  const { front, proxy } = simulator;
  return {
    halfOpen: () => {
      const rule = proxy.add(mute());
      proxy.freeze();
      return until(() => {
        rule.remove();
      });
    },
    answerUnavailable: () =>
      until(front.knobs.add({ on: '*', does: { kind: 'STATUS', status: 503 }, times: Infinity })),
    refuseConnections: () => {
      const restore = proxy.refuseConnections();
      proxy.cut();
      return until(restore);
    },
    loseConnections: () =>
      now(() => {
        proxy.freeze();
      }),
    expireSessions: () =>
      now(() => {
        simulator.endShells();
      }),
  };
};

type ServerFault = Exclude<keyof TargetFaults, ProcessFault | WayFault>;

const serverFaults = (simulator: Simulator): Pick<TargetFaults, ServerFault> => {
  const { console, front } = simulator;
  return {
    hideVms: () => until(console.hideVms()),
    wrongPassword: () => {
      const before = front.stats.refused;
      const port = simulator.open({ password: 'wrong' });
      return Promise.resolve({ port, logins: () => front.stats.refused - before });
    },
    untrusted: () => untrusted(),
    guest: (nativeId, report) =>
      now(() => {
        console.guest(nativeId, report);
      }),
    duplicate: (nativeId, name) => Promise.resolve(nativeOf(console.duplicate(nativeId, name))),
    crowd: () => crowd(),
  };
};

/** A server whose certificate is another one than the adapter has pinned. */
async function untrusted(): ReturnType<TargetFaults['untrusted']> {
  const stranger = await Simulator.start();
  const port = stranger.open({ tls: { kind: 'pin', sha256: A_PIN } });
  const close = port.close.bind(port);
  port.close = async (): Promise<void> => {
    await close();
    await stranger.close();
  };
  return { port, requests: () => stranger.front.stats.requests };
}

async function crowd(): ReturnType<TargetFaults['crowd']> {
  const simulator = await Simulator.start({ vms: CROWD });
  const port = simulator.open();
  const nativeIds = simulator.console.vms.map(({ ID }) => ID);
  const close = async (): Promise<void> => {
    await port.close();
    await simulator.close();
  };
  return { port, nativeIds, close };
}
