import type { Attempt } from './attempt';
import { parseUpid } from './client/upid';
import type { Holder } from './finder';
import type { Machine } from './machine.mapper';
import { isBuilt } from './mark.mapper';
import { isNoSuchTask } from './guest.errors';
import { isNodeUnreachable } from './outcome.errors';
import { Refused } from './proxmox.errors';
import { readRecords, readString } from './reader.mapper';
import type { Site } from './site';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
const MAKING = new Set(['qmclone', 'qmcreate']);

/**
 * Waits until Proxmox has made what stands at a VMID, as long as a task is at work on it.
 * @returns what stands there then
 * @throws Refused STILL_CREATING when that outlasts the attempt, or nobody knows who makes it; QUESTION_PENDING when nobody
 * has been at work on it for the site's grace period: only an operator can take the lock away
 */
export async function outlastMaking(attempt: Attempt, site: Site, vmid: number): Promise<Holder> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const holder = await site.finder.at(attempt, vmid);
    if (holder.kind !== 'vm' || isBuilt(holder.machine)) return holder;
    if (await isBeingMade(attempt, vmid)) attempt.remember({ strandedAt: undefined });
    else refuseStranded(attempt, site, holder.machine);
    if (attempt.spareMs() < 2 * pauseMs) {
      throw new Refused('STILL_CREATING', `Proxmox is still making the VM ${vmid}`);
    }
    await attempt.pause(pauseMs);
  }
}

/** @throws Refused QUESTION_PENDING once the grace period is over */
function refuseStranded(attempt: Attempt, { options }: Site, { vmid, lock = '' }: Machine): void {
  const { strandedAt } = attempt.remembered;
  const since = strandedAt === undefined ? Date.now() : Date.parse(strandedAt);
  if (strandedAt === undefined) attempt.remember({ strandedAt: new Date(since).toISOString() });
  if (Date.now() - since < options.stageOneGraceMs) return;
  throw new Refused(
    'QUESTION_PENDING',
    `the VMID ${vmid} is held by a VM that is half made (lock: ${lock}), whose task is gone; ` +
      `an operator must look at it and run "qm unlock ${vmid}" and "qm destroy ${vmid}"`,
  );
}

/** Whether a task is making a VM of this VMID. */
async function isBeingMade(attempt: Attempt, vmid: number): Promise<boolean> {
  const running = readRecords(await attempt.get(['cluster', 'tasks']))
    .filter(({ endtime, status, type }) => isRunning(endtime, status) && MAKING.has(readString(type) ?? ''))
    .flatMap(({ upid }) => readString(upid) ?? []);
  const makes = await Promise.all(running.map((upid) => isMaking(attempt, upid, vmid)));
  return makes.includes(true);
}

/** A task that runs has no end, and says so in one list and not in the other. */
const isRunning = (endtime: unknown, status: unknown): boolean =>
  endtime === undefined && (status === undefined || readString(status)?.toUpperCase() === 'RUNNING');

/** A clone's task bears the VMID of its source; its first line names the copy's. */
async function isMaking(attempt: Attempt, upid: string, vmid: number): Promise<boolean> {
  const task = parseUpid(upid);
  if (task === undefined) return false;
  if (task.type === 'qmcreate') return task.id === String(vmid);
  try {
    const path = ['nodes', task.node, 'tasks', upid, 'log'];
    const [first] = readRecords(await attempt.get(path, { start: 0, limit: 1 }));
    return first === undefined || new RegExp(`with ID ${vmid}$`).test((readString(first['t']) ?? '').trim());
  } catch (error) {
    if (isNoSuchTask(error)) return false;
    // Who cannot be asked may be at work.
    if (isNodeUnreachable(error)) return true;
    throw error;
  }
}
