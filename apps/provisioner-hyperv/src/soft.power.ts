import type { Ownership } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { requireOurs } from './finder';
import { isUnanswered, JobError, Refused, WaitOver } from './hyperv.errors';
import { ensurePower, powerStep, type PowerWish } from './powering';
import { settled } from './settling';
import { guid, ref } from './powershell/batch';
import { NOT_FOUND } from './vmm.codes';

const NO_SERVICES = "Hyper-V's integration services do not run in its guest";

/** Asks the guest; turns the VM off when that was allowed and it does not go down. */
export async function shutDown(attempt: Attempt, wish: PowerWish): Promise<void> {
  const { machine, mode } = wish;
  if (!machine.hasGuestServices) {
    if (mode === 'TRY_SOFT') return ensurePower(attempt, wish, 'turn-off');
    throw new Refused('GUEST_TOOLS_MISSING', NO_SERVICES);
  }
  if (await goesDown(attempt, wish)) return;
  if (mode === 'TRY_SOFT') return ensurePower(attempt, wish, 'turn-off');
  const seconds = attempt.options.softPowerTimeoutMs / 1000;
  throw new Refused('CALL_TIMEOUT', `its guest did not shut down within ${seconds} s`, 'UNKNOWN');
}

/**
 * Asks the guest to go down and follows VMM's job, which ends when it is down.
 * @returns whether it is down in the end
 */
export async function goesDown(attempt: Attempt, { machine: { id }, ownership }: PowerWish): Promise<boolean> {
  const following = { span: [20, 60], limitMs: attempt.options.softPowerTimeoutMs } as const;
  try {
    await attempt.changeVm({ id, ownership }, [powerStep('ask-down')], following);
  } catch (error) {
    if (error instanceof WaitOver) await stopJob(attempt, id, ownership);
    else if (!(error instanceof JobError) && !isUnanswered(error)) throw error;
  }
  return (await settled(attempt, id, ownership)).power === 'off';
}

/** The job holds the VM: while it waits for the guest, nobody else can turn the VM off. */
async function stopJob(attempt: Attempt, id: string, ownership: Ownership): Promise<void> {
  const { job } = await requireOurs(attempt, id, ownership);
  if (job?.isRunning !== true) return;
  await attempt.change({
    steps: [
      { as: 'job', cmd: 'Get-SCJob', args: { ID: guid(job.id) }, missingOk: [NOT_FOUND] },
      { as: 'stop', cmd: 'Stop-SCJob', args: { Job: ref('job') }, when: [{ ref: 'job', is: 'some' }] },
    ],
    return: {},
  });
}
