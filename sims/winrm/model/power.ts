import { VmmError } from './errors';
import type { Job } from './job';
import type { Machine, Overlay } from './machine';
import { NO_MAC, type PowerState } from './objects';
import { demandState } from './states';
import type { Vmm, Work } from './vmm';

/** How a machine is stopped: exactly one of these. */
export type StopMode = 'shutdown' | 'force' | 'save' | 'discard';

/** Switches on, or goes on from a saved state. @throws VmmError 1730 for other states, 12700 without memory. */
export function start(vmm: Vmm, machine: Machine, cmdlet: string): Job {
  demandState(machine, ['PowerOff', 'Saved']);
  demandMemory(machine);
  const wasSaved = machine.state === 'Saved';
  return run(vmm, machine, {
    work: { kind: 'start', name: 'Start virtual machine', cmdlet },
    overlay: wasSaved ? 'Restoring' : 'Starting',
    end: () => {
      powerOn(vmm, machine, wasSaved);
    },
  });
}

/** What happens when power comes on. */
export function powerOn(vmm: Vmm, machine: Machine, wasSaved = false): void {
  for (const adapter of machine.VirtualNetworkAdapters) {
    if (adapter.MACAddress === NO_MAC) adapter.MACAddress = vmm.nextMac();
  }
  machine.state = 'Running';
  if (wasSaved) machine.guest?.wake();
  else machine.guest?.boot();
}

/** Stops, in one of four ways. @throws VmmError 1730 for a wrong state, 1707 for a shutdown without integration services. */
export function stop(vmm: Vmm, machine: Machine, mode: StopMode, cmdlet: string): Job {
  if (mode === 'save') return save(vmm, machine, cmdlet);
  if (mode === 'discard') return discard(vmm, machine, cmdlet);
  demandState(machine, mode === 'shutdown' ? ['Running'] : ['Running', 'Paused']);
  const isShutdown = mode === 'shutdown';
  if (isShutdown && !machine.HasVMAdditions) throw new VmmError(1707, [machine.Name]);
  return run(vmm, machine, {
    work: {
      kind: isShutdown ? 'shutdown' : 'stop',
      name: isShutdown ? 'Shut down virtual machine' : 'Turn off virtual machine',
      cmdlet,
    },
    overlay: 'PoweringOff',
    end: () => {
      settle(machine, 'PowerOff');
    },
  });
}

function save(vmm: Vmm, machine: Machine, cmdlet: string): Job {
  demandState(machine, ['Running', 'Paused']);
  return run(vmm, machine, {
    work: { kind: 'save', name: 'Save state of virtual machine', cmdlet },
    overlay: 'Saving',
    end: () => {
      machine.state = 'Saved';
    },
  });
}

function discard(vmm: Vmm, machine: Machine, cmdlet: string): Job {
  demandState(machine, ['Saved']);
  return run(vmm, machine, {
    work: { kind: 'save', name: 'Discard saved state of virtual machine', cmdlet },
    overlay: 'DiscardSavedState',
    end: () => {
      settle(machine, 'PowerOff');
    },
  });
}

/** Pauses: memory stays taken. */
export function suspend(vmm: Vmm, machine: Machine, cmdlet: string): Job {
  demandState(machine, ['Running']);
  return run(vmm, machine, {
    work: { kind: 'suspend', name: 'Pause virtual machine', cmdlet },
    overlay: 'Pausing',
    end: () => {
      machine.state = 'Paused';
    },
  });
}

/** Goes on after a pause. */
export function resume(vmm: Vmm, machine: Machine, cmdlet: string): Job {
  demandState(machine, ['Paused']);
  return run(vmm, machine, {
    work: { kind: 'suspend', name: 'Resume virtual machine', cmdlet },
    overlay: 'Starting',
    end: () => {
      machine.state = 'Running';
    },
  });
}

/** The reset button. */
export function reset(vmm: Vmm, machine: Machine, cmdlet: string): Job {
  demandState(machine, ['Running']);
  return run(vmm, machine, {
    work: { kind: 'start', name: 'Reset virtual machine', cmdlet },
    overlay: 'Starting',
    end: () => {
      machine.guest?.boot();
    },
  });
}

/** A power state without a job: what an administrator at the host, or a guest that shuts itself down, does. */
export function settle(machine: Machine, state: PowerState): void {
  machine.state = state;
  if (state === 'PowerOff') machine.guest?.halt();
}

interface PowerWork {
  readonly work: Pick<Work, 'kind' | 'name' | 'cmdlet'>;
  readonly overlay: Overlay;
  readonly end: () => void;
}

function run(vmm: Vmm, machine: Machine, { work, overlay, end }: PowerWork): Job {
  const back = (): void => {
    machine.overlay = undefined;
  };
  const job = vmm.start({
    ...work,
    target: machine,
    finish: () => {
      back();
      if (machine.isGone) throw new VmmError(801, ['VirtualMachine', machine.ID]);
      if (!machine.VMHost.isResponding) throw new VmmError(2912, [machine.VMHost.Name], 'Unknown error (0x80338126)');
      end();
      return undefined;
    },
    fail: back,
  });
  machine.overlay = overlay;
  return job;
}

function demandMemory(machine: Machine): void {
  const { VMHost: host, Memory } = machine;
  if (host.AvailableMemory >= Memory) return;
  const problem = `'${machine.Name}' failed to start: not enough memory in the system.`;
  throw new VmmError(12700, [host.Name, problem], 'Unknown error (0x800705aa)');
}
