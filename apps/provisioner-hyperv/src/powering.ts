import type { Ownership } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { isUnanswered, isWrongState, JobError } from './hyperv.errors';
import type { Machine } from './machine.mapper';
import { ref, type Argument, type Step } from './powershell/batch';
import type { Cmdlet } from './powershell/cmdlets';
import type { PlainMove } from './power.policy';
import { settled } from './settling';

type Call = readonly [cmd: Cmdlet, args: Readonly<Record<string, Argument>>];

/** Each way to stop is a parameter set of its own: exactly one of its switches is given. */
const CALLS: Readonly<Record<PlainMove | 'ask-down' | 'reset', Call>> = {
  start: ['Start-SCVirtualMachine', {}],
  resume: ['Resume-SCVirtualMachine', {}],
  'turn-off': ['Stop-SCVirtualMachine', { Force: true }],
  discard: ['Stop-SCVirtualMachine', { DiscardSavedState: true }],
  save: ['Stop-SCVirtualMachine', { SaveState: true }],
  'ask-down': ['Stop-SCVirtualMachine', { Shutdown: true }],
  reset: ['Reset-SCVirtualMachine', {}],
};

const LEADS_TO: Readonly<Record<PlainMove, 'on' | 'off' | 'suspended'>> = {
  start: 'on',
  resume: 'on',
  'turn-off': 'off',
  discard: 'off',
  save: 'suspended',
};
/** The step that starts a power job of the VM `vm`. */
export const powerStep = (move: keyof typeof CALLS): Step => {
  const [cmd, args] = CALLS[move];
  return { as: 'power', cmd, args: { VM: ref('vm'), ...args, RunAsynchronously: true } };
};

/** What is to be done with which VM. */
export interface PowerWish {
  readonly machine: Machine;
  readonly ownership: Ownership;
  readonly mode: 'SOFT' | 'HARD' | 'TRY_SOFT';
}

/** Leads a VM to a power state; that somebody else was quicker is no failure. */
export async function ensurePower(
  attempt: Attempt,
  { machine: { id }, ownership }: Pick<PowerWish, 'machine' | 'ownership'>,
  move: PlainMove,
): Promise<void> {
  await attempt.persist(async () => {
    try {
      await attempt.changeVm({ id, ownership }, [powerStep(move)], { span: [20, 95] });
    } catch (error) {
      const isOpen = isUnanswered(error) || isWrongState(error) || error instanceof JobError;
      if (!isOpen) throw error;
      // The state tells what became of the call.
      const now = await settled(attempt, id, ownership);
      if (now.power !== LEADS_TO[move]) throw error;
      if (isUnanswered(error)) attempt.effect = 'PARTIAL';
    }
  });
}
