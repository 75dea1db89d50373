import { guestWaitOf, type PowerAction, type VmRef, type VmStatus } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { requireOurs } from './finder';
import { Refused } from './hyperv.errors';
import { moveFor, type PowerMove } from './power.policy';
import { ensurePower, type PowerWish } from './powering';
import { finishRestart, restart, tellUntouched } from './restart';
import { settled } from './settling';
import { shutDown } from './soft.power';
import { statusOf } from './status.mapper';

/** Does what the action asks for in the VM's state. @throws Refused INVALID_POWER_STATE and others */
export async function powerCycle(attempt: Attempt, vm: VmRef, action: PowerAction): Promise<VmStatus> {
  const work = (): Promise<VmStatus> => cycle(attempt, vm, action);
  return action.action === 'RESTART' ? tellUntouched(attempt, work) : work();
}

async function cycle(attempt: Attempt, { nativeId, ownership }: VmRef, action: PowerAction): Promise<VmStatus> {
  attempt.step(5, 'find');
  const machine = await settled(attempt, nativeId, ownership);
  const isFinished = action.action === 'RESTART' && (await finishRestart(attempt, machine, ownership));
  const move = isFinished ? 'stay' : moveFor(action, machine.power);
  if (move === 'refuse') {
    throw new Refused('INVALID_POWER_STATE', `${action.action} is not possible while it is ${machine.status}`);
  }
  if (move === 'stay' && !isFinished) return statusOf(machine, new Date());
  attempt.step(20, move, guestWaitOf(action, move));
  await make(move, attempt, { machine, ownership, mode: 'mode' in action ? action.mode : 'HARD' });
  attempt.step(95, 'read-back');
  return statusOf(await requireOurs(attempt, nativeId, ownership), new Date());
}

function make(move: Exclude<PowerMove, 'refuse'>, attempt: Attempt, wish: PowerWish): Promise<void> {
  if (move === 'stay') return Promise.resolve();
  if (move === 'shut-down') return shutDown(attempt, wish);
  return move === 'restart' ? restart(attempt, wish) : ensurePower(attempt, wish, move);
}
