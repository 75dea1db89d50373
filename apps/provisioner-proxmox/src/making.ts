import type { Access } from './access';
import type { Attempt } from './attempt';
import { parseUpid } from './client/upid';
import type { Holder } from './finder';
import { isBuilt } from './mark.mapper';
import { isNoSuchTask } from './guest.errors';
import { isNodeUnreachable } from './outcome.errors';
import { Refused } from './proxmox.errors';
import { readRecords, readString } from './reader.mapper';
import type { Site } from './site';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
const MAKING = new Set(['qmclone', 'qmcreate']);

/** How often nobody must be seen at work on something unseen before it is taken for a stranger's. */
const QUIET_LOOKS = 5;

/**
 * Waits until Proxmox has made what stands at a VMID, as long as a task is at work on it. A VM that is being made may be
 * unseen until it is done.
 * @returns what stands there then; `hidden` only when no attempt can have begun it
 * @throws Refused STILL_CREATING when that outlasts the attempt; QUESTION_PENDING when nobody has been at work on it for
 * the site's grace period: only an operator can take the lock away
 */
export async function outlastMaking(attempt: Attempt, site: Site, vmid: number): Promise<Holder> {
  let quietLooks = 0;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const holder = await site.finder.at(attempt, vmid);
    if (isSettled(holder)) return holder;
    const isBusy = await isBeingMade(attempt, vmid);
    quietLooks = isBusy ? 0 : quietLooks + 1;
    if (isBusy) attempt.remember({ strandedAt: undefined });
    else if (quietLooks >= QUIET_LOOKS) {
      if (holder.kind === 'hidden' && attempt.isUntouched && attempt.effect === 'NONE') return holder;
      refuseStranded(attempt, site, vmid);
    }
    if (attempt.spareMs() < 2 * pauseMs) {
      throw new Refused('STILL_CREATING', `Proxmox is still making the VM ${vmid}`);
    }
    await attempt.pause(pauseMs);
  }
}

/** Whether it is clear whose the VMID is. */
export const isSettled = (holder: Holder): boolean =>
  holder.kind === 'vm' ? isBuilt(holder.machine) : holder.kind !== 'hidden';

/** @throws Refused QUESTION_PENDING once the grace period is over */
function refuseStranded(attempt: Attempt, { options }: Site, vmid: number): void {
  const { strandedAt } = attempt.remembered;
  const since = strandedAt === undefined ? Date.now() : Date.parse(strandedAt);
  if (strandedAt === undefined) attempt.remember({ strandedAt: new Date(since).toISOString() });
  if (Date.now() - since < options.stageOneGraceMs) return;
  throw new Refused(
    'QUESTION_PENDING',
    `the VMID ${vmid} is held by a VM that is half made, or that the account may not see, and no task is at work on it; ` +
      `an operator must look at it, and if it is half made run "qm unlock ${vmid}" and "qm destroy ${vmid}"`,
  );
}

/** Whether a task is making a VM of this VMID. */
export async function isBeingMade(access: Access, vmid: number): Promise<boolean> {
  const running = readRecords(await access.get(['cluster', 'tasks']))
    .filter(({ endtime, status, type }) => isRunning(endtime, status) && MAKING.has(readString(type) ?? ''))
    .flatMap(({ upid }) => readString(upid) ?? []);
  const makes = await Promise.all(running.map((upid) => isMaking(access, upid, vmid)));
  return makes.includes(true);
}

/** A task that runs has no end, and says so in one list and not in the other. */
const isRunning = (endtime: unknown, status: unknown): boolean =>
  endtime === undefined && (status === undefined || readString(status)?.toUpperCase() === 'RUNNING');

/** A clone's task bears the VMID of its source; its first line names the copy's. */
async function isMaking(access: Access, upid: string, vmid: number): Promise<boolean> {
  const task = parseUpid(upid);
  if (task === undefined) return false;
  if (task.type === 'qmcreate') return task.id === String(vmid);
  try {
    const path = ['nodes', task.node, 'tasks', upid, 'log'];
    const [first] = readRecords(await access.get(path, { start: 0, limit: 1 }));
    return first === undefined || new RegExp(`with ID ${vmid}$`).test((readString(first['t']) ?? '').trim());
  } catch (error) {
    if (isNoSuchTask(error)) return false;
    // Who cannot be asked may be at work.
    if (isNodeUnreachable(error)) return true;
    throw error;
  }
}
