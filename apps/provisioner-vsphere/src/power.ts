import { guestWaitOf, type PowerAction, type VmRef, type VmStatus } from '@dcm/contracts';
import type { Attempt } from './attempt';
import type { ManagedObjectReference } from './client/managed.object';
import { requireOurs } from './finder';
import type { Machine } from './machine.mapper';
import { moveFor, type PowerMove } from './power.policy';
import { restart, tellUntouched, type RestartWish } from './restart';
import { askGuest, waitFor } from './soft.power';
import { statusOf } from './status.mapper';
import type { SiteOptions } from './vsphere.config';
import { isUnanswered, refusedInState, Refused } from './vsphere.errors';

/** vSphere's call and its name for the state that the call leads to. */
const CALLS = {
  on: { operation: 'PowerOnVM_Task', state: 'poweredOn' },
  off: { operation: 'PowerOffVM_Task', state: 'poweredOff' },
  suspended: { operation: 'SuspendVM_Task', state: 'suspended' },
} as const;

/** How long vCenter may take to show what its task has done. */
const SHOWN_WITHIN_MS = 5_000;

/** Does what the action asks for in the VM's state. @throws Refused INVALID_POWER_STATE, QUESTION_PENDING and others */
export async function powerCycle(
  attempt: Attempt,
  ref: VmRef,
  action: PowerAction,
  options: SiteOptions,
): Promise<VmStatus> {
  const work = (): Promise<VmStatus> => cycle(attempt, ref, action, options);
  return action.action === 'RESTART' ? tellUntouched(attempt, work) : work();
}

async function cycle(
  attempt: Attempt,
  { nativeId, ownership }: VmRef,
  action: PowerAction,
  options: SiteOptions,
): Promise<VmStatus> {
  attempt.step(5, 'find');
  const machine = await requireOurs(attempt, nativeId, ownership);
  if (!machine.isBuilt) throw new Refused('STILL_CREATING', `vCenter is still making the VM ${nativeId}`);
  const move = moveFor(action, machine.power);
  if (move === 'refuse') {
    throw new Refused('INVALID_POWER_STATE', `${action.action} is not possible while it is ${machine.power}`);
  }
  if (move === 'stay') return statusOf(machine, new Date());
  refuseQuestion(machine);
  attempt.step(20, move, guestWaitOf(action, move));
  await make(move, attempt, machine, { options, mode: 'mode' in action ? action.mode : 'HARD' });
  attempt.step(95, 'read-back');
  return statusOf(await requireOurs(attempt, nativeId, ownership), new Date());
}

async function make(
  move: Exclude<PowerMove, 'stay' | 'refuse'>,
  attempt: Attempt,
  machine: Machine,
  wish: RestartWish,
): Promise<void> {
  switch (move) {
    case 'power-on':
      return ensurePower(attempt, machine.ref, 'on');
    case 'power-off':
      return ensurePower(attempt, machine.ref, 'off');
    case 'suspend':
      return ensurePower(attempt, machine.ref, 'suspended');
    case 'shut-down':
      return shutDown(attempt, machine, wish);
    case 'restart':
      return restart(attempt, machine, wish);
  }
}

/** Leads a VM to a power state; that somebody else was quicker is no failure. */
export async function ensurePower(
  attempt: Attempt,
  ref: ManagedObjectReference,
  wanted: keyof typeof CALLS,
): Promise<void> {
  const { operation, state } = CALLS[wanted];
  const readState = async (): Promise<unknown> =>
    (await attempt.properties(ref, ['runtime.powerState']))['runtime.powerState'];
  try {
    const check = async (): Promise<void> => {
      const machine = await attempt.machine(ref);
      if (machine !== undefined) refuseQuestion(machine);
    };
    await attempt.inTurn(() => attempt.run(operation, ref, {}, { check }));
  } catch (error) {
    const isThere = refusedInState(error) === state;
    // No answer: the state tells what became of the call.
    if (!isThere && (!isUnanswered(error) || (await readState()) !== state)) throw error;
    if (!isThere) attempt.effect = 'PARTIAL';
  }
  await waitFor(attempt, SHOWN_WITHIN_MS, async () => (await readState()) === state);
}

/** A VM with a question stands still, and so would the call. @throws Refused QUESTION_PENDING */
export function refuseQuestion({ question }: Machine): void {
  if (question !== undefined) throw new Refused('QUESTION_PENDING', `vCenter waits for an answer: ${question}`);
}

/** Asks the guest; pulls the plug when that was allowed and it does not go down. */
async function shutDown(attempt: Attempt, { ref, guest }: Machine, { mode, options }: RestartWish): Promise<void> {
  const isDown = async (): Promise<boolean> =>
    (await attempt.properties(ref, ['runtime.powerState']))['runtime.powerState'] === CALLS.off.state;
  const heard = await askGuest(attempt, ref, 'ShutdownGuest', guest.tools);
  if (heard && (await waitFor(attempt, options.softPowerTimeoutMs, isDown))) return;
  if (mode === 'TRY_SOFT') return ensurePower(attempt, ref, 'off');
  if (!heard) throw new Refused('GUEST_TOOLS_MISSING', 'VMware Tools do not run in its guest');
  const seconds = options.softPowerTimeoutMs / 1000;
  throw new Refused('CALL_TIMEOUT', `its guest did not shut down within ${seconds} s`, 'UNKNOWN');
}
