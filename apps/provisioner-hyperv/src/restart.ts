import type { Ownership } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { JobError, Refused } from './hyperv.errors';
import type { Machine } from './machine.mapper';
import { ensurePower, powerStep, type PowerWish } from './powering';
import { goesDown } from './soft.power';

/**
 * Restarts a VM. VMM has no restart that asks the guest: it is shut down and started. Neither way leaves a state behind
 * that could be looked at, so it must not be made twice: before the call the next attempt is told of it, and a later
 * attempt acts only if it is proven that the restart was not made.
 * @throws Refused OUTCOME_UNKNOWN, GUEST_TOOLS_MISSING, CALL_TIMEOUT
 */
export async function restart(attempt: Attempt, wish: PowerWish): Promise<void> {
  if (!attempt.isUntouched && (await wasMade(attempt))) return;
  attempt.isUntouched = true;
  const { machine, mode } = wish;
  if (mode === 'SOFT' && !machine.hasGuestServices) {
    throw new Refused('GUEST_TOOLS_MISSING', "Hyper-V's integration services do not run in its guest");
  }
  if (mode !== 'HARD' && machine.hasGuestServices) {
    attempt.remember({ restart: 'shutting-down', job: undefined });
    if (await goesDown(attempt, wish)) return ensurePower(attempt, wish, 'start');
    if (mode === 'SOFT') throw new Refused('CALL_TIMEOUT', 'its guest did not shut down in time', 'UNKNOWN');
  }
  attempt.remember({ restart: 'announced', job: undefined });
  const { id } = machine;
  await attempt.changeVm({ id, ownership: wish.ownership }, [powerStep('reset')], { span: [20, 95] });
}

/**
 * Starts a VM that an earlier attempt shut down in order to restart it.
 * @returns whether that was so
 */
export async function finishRestart(attempt: Attempt, machine: Machine, ownership: Ownership): Promise<boolean> {
  if (attempt.resumed?.restart !== 'shutting-down' || machine.power !== 'off') return false;
  attempt.step(60, 'start');
  await ensurePower(attempt, { machine, ownership }, 'start');
  return true;
}

/** Does what leads to a restart; when that fails before anything happened, the next attempt learns that it may act. */
export async function tellUntouched<T>(attempt: Attempt, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (attempt.isUntouched && attempt.effect === 'NONE') {
      attempt.remember({ isUntouched: true, restart: undefined, job: undefined });
    }
    throw error;
  }
}

/**
 * Whether an earlier attempt made the restart.
 * @throws Refused OUTCOME_UNKNOWN when nothing proves either
 */
async function wasMade(attempt: Attempt): Promise<boolean> {
  const unknown = new Refused('OUTCOME_UNKNOWN', 'whether an earlier attempt restarted it cannot be told', 'UNKNOWN');
  if (attempt.resumed?.restart === undefined) throw unknown;
  attempt.remember({ restart: attempt.resumed.restart });
  const outcome = await attempt.finishResumed({ span: [5, 60] }).catch((error: unknown) => {
    if (error instanceof JobError) return false;
    throw error;
  });
  if (outcome === undefined) throw unknown;
  return outcome;
}
