import type { LookAnswer, Vm, VmStatus } from '@dcm/contracts';
import { canonicalJson } from '@dcm/runtime';
import { statusCommand } from '../dispatch/command.mapper';
import type { Change } from './change';
import { settleDoubt } from './doubt.policy';
import { forgetVm } from './ending.policy';
import { cleanUp } from './evidence.policy';
import { readOf } from './snapshot.mapper';
import { after, earliest } from './timing';
import { hasAddress, missingOf, nativeIdsWith, unmarkedOf } from './vm-status.mapper';
import { newLook, type Look, type LookPurpose, type Looks, type VmRecord } from './vm.entity';

/** When a VM's state is read again after it was switched on: milliseconds after the read before. */
export const refreshDelaysMs: readonly number[] = [2_000, 5_000, 15_000, 60_000, 300_000];
const longestSettleWaitMs = 300_000;

/** A read after the last of the refreshes is not asked for. */
export const firstRefresh = (now: Date): Look => newLook(after(now, refreshDelaysMs[0] ?? 0));

/** What a worker's read leaves to do: a VM that runs is looked at again until its addresses have come; that never decides about success. */
export function afterRead(change: Change, status: VmStatus): Pick<VmRecord, 'nativeIds' | 'looks'> {
  const { settle } = change.vm.looks;
  const looks = {
    ...(settle === undefined ? {} : { settle }),
    ...(status.power === 'on' && !hasAddress(status) ? { refresh: firstRefresh(change.now) } : {}),
  };
  return { nativeIds: nativeIdsWith(change.vm.nativeIds, status), looks };
}

/** Asks for what is due. The next look is due when its time has come, answered or not. */
export function sendDueLooks(change: Change): void {
  for (const purpose of ['settle', 'refresh', 'presence'] as const) {
    const look = change.vm.looks[purpose];
    if (look === undefined || look.dueAt > change.now) continue;
    // Nobody answered; the next scan asks again.
    if (purpose === 'presence' && look.tries > 0) withoutLook(change, purpose);
    else sendLook(change, purpose, look);
  }
}

/** Reads the VM's state at a time, or sooner where that was to be done already. An answer that is on its way may be older than what was told. */
export function lookSoon(change: Change, at: Date): void {
  const { refresh = newLook(at) } = change.vm.looks;
  setLook(change, 'refresh', { ...refresh, dueAt: earliest(at, refresh.dueAt), requestId: null });
}

/** Settles soon what an operation left in doubt. */
export function settleSoon(change: Change, at: Date): void {
  if (change.vm.doubt !== null && change.vm.looks.settle === undefined) setLook(change, 'settle', newLook(at));
}

/** Looks for a VM that a scan did not show as ours. */
export function lookFor(change: Change, scan: 'unseen' | 'unmarked', at: Date): void {
  setLook(change, 'presence', { ...newLook(at), scan });
}

/** An answer that is still to come will not count. */
export function withoutLook(change: Change, purpose: LookPurpose): void {
  if (change.vm.looks[purpose] !== undefined) setLook(change, purpose, undefined);
}

function sendLook(change: Change, purpose: LookPurpose, look: Look): void {
  const { now, scene, vm } = change;
  const { tries, since } = look;
  const place = purpose === 'presence' ? since.getTime() : `${vm.doc.seq}.${tries}`;
  const requestId = `${vm.doc.id}/${purpose}/${place}`;
  const waitMs = waitMsOf(change, purpose, tries);
  const next = waitMs === undefined ? undefined : { ...look, dueAt: after(now, waitMs), tries: tries + 1, requestId };
  setLook(change, purpose, next);
  change.send(statusCommand({ now, installation: scene.installation, vm }, requestId));
}

const waitMsOf = (change: Change, purpose: LookPurpose, tries: number): number | undefined =>
  purpose === 'refresh' ? refreshDelaysMs[tries + 1] : settleWaitMs(change, tries);

const settleWaitMs = (change: Change, tries: number): number =>
  Math.min(longestSettleWaitMs, change.scene.timing.planTimeoutMs * 2 ** Math.min(tries, 10));

function setLook(change: Change, purpose: LookPurpose, look: Look | undefined): void {
  const others = Object.entries(change.vm.looks).filter(([name]) => name !== purpose);
  const looks: Looks = { ...Object.fromEntries(others), ...(look === undefined ? {} : { [purpose]: look }) };
  change.noteVm({ looks });
}

/** What a look showed; undefined: no VM. */
interface Answer {
  readonly requestId: string;
  readonly status: VmStatus | undefined;
}
type Seen = Answer & { readonly status: VmStatus };

const hasStatus = (answer: Answer): answer is Seen => answer.status !== undefined;

/** Takes a look's answer. "Could not look" is no answer. */
export function observed(change: Change, answer: LookAnswer): void {
  if (answer.error !== null) return;
  const [status] = answer.statuses;
  const { settle: settling, presence } = change.vm.looks;
  if (settling?.requestId === answer.requestId) settle(change, settling, status);
  else if (presence?.requestId === answer.requestId) lookedFor(change, presence, { ...answer, status });
  else if (status !== undefined) refresh(change, { ...answer, status });
}

/** While an operation is at work on the VM, that one decides. */
function settle(change: Change, look: Look, status: VmStatus | undefined): void {
  if (change.isBusy) return;
  if (status === undefined) notSeen(change, look);
  else if (change.vm.doc.lifecycle === 'active') stillThere(change, look, status);
  else cleanUp(change, status);
}

/** An operation that ended unknown may take effect late: it is looked at again after that time, and as long as the platform does not say. */
function stillThere(change: Change, { since }: Look, status: VmStatus): void {
  const { vm, now } = change;
  const lastLookAt = after(since, change.scene.timing.lateEffectWindowMs);
  const isLast = lastLookAt <= now;
  const { doc, doubt, amounts, patch } = settleDoubt(vm, status, isLast);
  if (!isLast) setLook(change, 'settle', { ...newLook(lastLookAt), since });
  else if (doubt === null) setLook(change, 'settle', undefined);
  if (amounts !== null) change.ledger = { kind: 'use', amounts };
  const nativeIds = nativeIdsWith(vm.nativeIds, status);
  const seen = { ...doc, ...readOf(vm, status, { ...vm.doc, ...doc }) };
  change.tellVm('seen', seen, { nativeIds, absentAt: null, doubt, ...patch });
}

/**
 * Absence takes two looks, so far apart that a late effect would have shown. Only a VM whose delete ended unknown is forgotten then: one
 * whose size is in doubt is missing, which is for a human to decide about.
 */
function notSeen(change: Change, { since }: Look): void {
  const { vm, now } = change;
  const { lateEffectWindowMs } = change.scene.timing;
  const secondLookAt = after(vm.absentAt ?? now, lateEffectWindowMs);
  if (vm.absentAt === null || secondLookAt > now) {
    change.noteVm({ absentAt: vm.absentAt ?? now });
    setLook(change, 'settle', { ...newLook(secondLookAt), since });
  } else if (vm.doubt !== null && vm.doubt.deletion !== true) {
    change.tellVm('missing', missingOf(vm.doc, now), { absentAt: null });
    withoutLook(change, 'settle');
  } else if (vm.doc.lifecycle === 'active') {
    forgetVm(change);
  } else {
    change.tellVm('absent', { presence: 'missing' }, { isSettled: true, absentAt: null, looks: {} });
    change.ledger = { kind: 'release' };
  }
}

/**
 * The third proof of absence, after two scans: nothing bears the mark, and no error kept anybody from looking. The VM keeps its name and
 * its quota: a human decides. One whose mark was taken away is there, but nothing can be done to it.
 */
function lookedFor(change: Change, { scan }: Look, answer: Answer): void {
  withoutLook(change, 'presence');
  const { doc } = change.vm;
  if (doc.lifecycle !== 'active' || change.isBusy) return;
  if (hasStatus(answer)) refresh(change, answer);
  else if (scan === 'unmarked') tellNews(change, 'unmarked', unmarkedOf(doc, change.now));
  else tellNews(change, 'missing', missingOf(doc, change.now));
}

function tellNews(change: Change, action: string, seen: Partial<Vm>): void {
  if (isNews(change.vm.doc, seen)) change.tellVm(action, seen);
}

/**
 * Reads after a start end as soon as the VM has an address or is off again. While an operation is at work on the VM it is not known whether
 * this was seen before its effect or after: its end tells. A read that was planned since this one was asked for is still to be done.
 */
function refresh(change: Change, { requestId, status }: Seen): void {
  const { doc, nativeIds, looks } = change.vm;
  if (doc.lifecycle !== 'active' || change.isBusy) return;
  const isDone = status.power !== 'on' || hasAddress(status);
  if (isDone && looks.refresh?.requestId === requestId) setLook(change, 'refresh', undefined);
  const seen = readOf(change.vm, status);
  if (isNews(doc, seen)) change.tellVm('observed', seen, { nativeIds: nativeIdsWith(nativeIds, status) });
}

const isNews = (doc: Vm, seen: Partial<Vm>): boolean =>
  canonicalJson({ ...doc, ...seen, observedAt: null }) !== canonicalJson({ ...doc, observedAt: null });
