import type { Attempt } from './attempt';
import { SERVICE_INSTANCE } from './client/managed.object';
import { readDate, readList, readReference, type VimRecord } from './client/reader';
import type { Machine } from './machine.mapper';
import { askGuest, waitFor } from './soft.power';
import type { Token } from './token';
import type { SiteOptions } from './vsphere.config';
import { Refused } from './vsphere.errors';

/** Short, so that a quick guest is seen going down. */
const LOOK_EVERY_MS = 200;
const RESET = 'VirtualMachine.reset';

/** How a VM is to be restarted. */
export interface RestartWish {
  readonly mode: 'SOFT' | 'HARD' | 'TRY_SOFT';
  readonly options: Pick<SiteOptions, 'softPowerTimeoutMs'>;
}

/**
 * Restarts a VM. A restart leaves no state behind that could be looked at, so it must not be made twice: before the
 * call the next attempt is told of it, and a later attempt acts only if it is proven that the restart was not made.
 * @throws Refused OUTCOME_UNKNOWN, GUEST_TOOLS_MISSING
 */
export async function restart(attempt: Attempt, machine: Machine, { mode, options }: RestartWish): Promise<void> {
  if (!attempt.isUntouched && (await wasMade(attempt, machine))) return;
  attempt.isUntouched = true;
  await announce(attempt, machine);
  if (mode !== 'HARD') {
    const heard = await askGuest(attempt, machine.ref, 'RebootGuest', machine.guest.tools);
    if (!heard && mode === 'SOFT') throw new Refused('GUEST_TOOLS_MISSING', 'VMware Tools do not run in its guest');
    const goesDown = (): Promise<boolean> => isGoingDown(attempt, machine);
    if (heard && (await waitFor(attempt, options.softPowerTimeoutMs, goesDown, LOOK_EVERY_MS))) return;
    if (mode === 'SOFT') {
      throw new Refused('OUTCOME_UNKNOWN', 'its guest was asked to restart and was not seen going down', 'UNKNOWN');
    }
  }
  await attempt.inTurn(() => attempt.run('ResetVM_Task', machine.ref));
}

/** Does what leads to a restart; when that fails before anything happened, the next attempt learns that it may act. */
export async function tellUntouched<T>(attempt: Attempt, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (attempt.isUntouched && attempt.effect === 'NONE') {
      attempt.remember({ isUntouched: true, restart: undefined, task: undefined });
    }
    throw error;
  }
}

async function announce(attempt: Attempt, machine: Machine): Promise<void> {
  const askedAt = readDate(await attempt.read('CurrentTime', SERVICE_INSTANCE)) ?? new Date();
  const bootedAt = machine.bootTime?.toISOString() ?? null;
  attempt.remember({ restart: { askedAt: askedAt.toISOString(), bootedAt } });
}

/** The guest's tools fall silent, or the VM was even powered on anew. */
async function isGoingDown(attempt: Attempt, { ref, bootTime }: Machine): Promise<boolean> {
  const now = await attempt.properties(ref, ['guest.toolsRunningStatus', 'runtime.bootTime']);
  const isSilent = now['guest.toolsRunningStatus'] === 'guestToolsNotRunning';
  return isSilent || readDate(now['runtime.bootTime'])?.getTime() !== bootTime?.getTime();
}

/**
 * Whether an earlier attempt made the restart.
 * @throws Refused OUTCOME_UNKNOWN when nothing proves either
 */
async function wasMade(attempt: Attempt, machine: Machine): Promise<boolean> {
  const { resumed } = attempt;
  const outcome = resumed?.restart === undefined ? undefined : await outcomeOf(attempt, machine, resumed.restart);
  if (outcome !== undefined) return outcome;
  throw new Refused('OUTCOME_UNKNOWN', 'whether an earlier attempt restarted it cannot be told', 'UNKNOWN');
}

async function outcomeOf(
  attempt: Attempt,
  machine: Machine,
  { askedAt, bootedAt }: NonNullable<Token['restart']>,
): Promise<boolean | undefined> {
  const now = machine.bootTime?.toISOString();
  if (now !== undefined && now !== bootedAt) return true;
  const task = attempt.resumed?.task ?? (await resetSince(attempt, machine, new Date(askedAt)));
  return task === undefined ? undefined : attempt.outcomeOf(task);
}

/** The reset of this VM that vCenter remembers since then: it keeps tasks for ten minutes. */
async function resetSince(attempt: Attempt, { ref }: Machine, askedAt: Date): Promise<string | undefined> {
  const { taskManager } = await attempt.client.content(attempt.signal);
  if (taskManager === undefined) return undefined;
  const { recentTask } = await attempt.properties(taskManager, ['recentTask']);
  const tasks = readList(recentTask).flatMap((one) => readReference(one) ?? []);
  const infos = await attempt.propertiesOfAll(tasks, ['info.descriptionId', 'info.entity', 'info.queueTime']);
  const isIt = (info: VimRecord): boolean =>
    info['info.descriptionId'] === RESET &&
    readReference(info['info.entity'])?.value === ref.value &&
    (readDate(info['info.queueTime'])?.getTime() ?? 0) >= askedAt.getTime();
  return infos.find(({ properties }) => isIt(properties))?.ref.value;
}
