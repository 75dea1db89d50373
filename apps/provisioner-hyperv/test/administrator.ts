import { setTimeout as pause } from 'node:timers/promises';
import type { PowerState } from '@dcm/contracts';
import type { NativeVm, TargetAdmin } from '@dcm/provisioner-kit/testing';
import type { Machine } from '../../../sims/winrm/model/machine';
import type { Simulator } from './simulator';

const POWER: Readonly<Record<string, PowerState>> = {
  Running: 'on',
  PowerOff: 'off',
  Saved: 'suspended',
  Paused: 'paused',
};
const STATES = { on: 'Running', off: 'PowerOff', suspended: 'Saved' } as const;

/** A VM as the model has it. */
export const nativeOf = ({ ID, Name, state }: Machine): NativeVm => ({
  nativeId: ID,
  name: Name,
  power: POWER[state] ?? 'unknown',
});

/** Sysprep joins nothing without an account that may. */
function joinedBy({ customization: { Domain, DomainJoinCredential } }: Machine): unknown {
  return DomainJoinCredential === undefined ? undefined : Domain;
}

/** Waits until no job works on a VM: like VMM itself, an administrator cannot act before. */
async function idle({ console }: Simulator, nativeId: string): Promise<void> {
  const isBusy = (): boolean => console.vms.find(({ ID }) => ID === nativeId)?.busy !== undefined;
  while (isBusy()) await pause(5);
}

/** Somebody at the console of the VMM server. */
export const administratorOf = (simulator: Simulator): TargetAdmin => {
  const { console } = simulator;
  return {
    listVms: () => Promise.resolve(console.vms.map(nativeOf)),
    createStranger: (name) => Promise.resolve(nativeOf(console.createStranger(name))),
    removeMark: (nativeId) => {
      console.describe(nativeId, '');
      return Promise.resolve();
    },
    deleteVm: async (nativeId) => {
      await idle(simulator, nativeId);
      if (console.vms.some(({ ID }) => ID === nativeId)) console.delete(nativeId);
    },
    copyVm: (nativeId, name) => Promise.resolve(nativeOf(console.copy(nativeId, name))),
    renameVm: (nativeId, name) => {
      console.rename(nativeId, name);
      return Promise.resolve();
    },
    setPower: async (nativeId, power) => {
      await idle(simulator, nativeId);
      console.setPower(nativeId, STATES[power]);
    },
    isLinked: (nativeId) =>
      Promise.resolve(
        console.vm(nativeId).VirtualDiskDrives.some(({ VirtualHardDisk: { VHDType, ParentDisk } }) => {
          return VHDType === 'Differencing' || ParentDisk !== null;
        }),
      ),
    startsSecurely: (nativeId) => {
      const { Generation, SecureBootEnabled } = console.vm(nativeId);
      return Promise.resolve(Generation === 2 && SecureBootEnabled);
    },
    joins: (nativeId, domain) => Promise.resolve(joinedBy(console.vm(nativeId)) === domain),
  };
};
