import type { Job } from '../model/job';
import type { Machine } from '../model/machine';
import { reset, resume, start, stop, suspend, type StopMode } from '../model/power';
import type { Vmm } from '../model/vmm';
import { cmdlet, settled, type Arguments, type Cmdlet } from './cmdlet';
import { ASYNC } from './parameters';

/** Each way of stopping is a parameter set of its own, so that two of them never bind together. */
const STOP_SETS = ['Shutdown:switch', 'SaveState:switch!', 'DiscardSavedState:switch!', 'Force:switch!'];

const single = (name: string, act: (vmm: Vmm, machine: Machine, cmdlet: string) => Job): Cmdlet =>
  cmdlet(name, {
    change: 'power',
    sets: [`VM:VM! ${ASYNC}`],
    run: ({ vmm, args }) => {
      const machine = args.the('VM', 'VM');
      return settled(args, act(vmm, machine, name), machine);
    },
  });

/** Without any switch the guest is shut down, as with `-Shutdown`. */
function modeOf(args: Arguments): StopMode {
  if (args.isOn('Force')) return 'force';
  if (args.isOn('SaveState')) return 'save';
  return args.isOn('DiscardSavedState') ? 'discard' : 'shutdown';
}

/** Cmdlets about power. */
export const powerCmdlets: readonly Cmdlet[] = [
  single('Start-SCVirtualMachine', start),
  single('Suspend-SCVirtualMachine', suspend),
  single('Resume-SCVirtualMachine', resume),
  single('Reset-SCVirtualMachine', reset),
  cmdlet('Stop-SCVirtualMachine', {
    change: 'power',
    sets: STOP_SETS.map((mode) => `VM:VM! ${mode}`),
    all: ASYNC,
    run: ({ vmm, args }) => {
      const machine = args.the('VM', 'VM');
      return settled(args, stop(vmm, machine, modeOf(args), 'Stop-SCVirtualMachine'), machine);
    },
  }),
];
