import type { Fact, Vm, VmStatus } from '@dcm/contracts';
import { canonicalJson } from '@dcm/runtime';
import { statusCommand } from '../dispatch/command.mapper';
import type { Change } from './change';
import { forgetVm } from './ending.policy';
import { cleanUp } from './evidence.policy';
import { after } from './timing';
import { hasAddress, nativeIdsWith, seenOf } from './vm-status.mapper';
import { newLook, type Look, type LookPurpose, type Looks } from './vm.entity';

type Observed = Fact<'io.dcm.fact.observed.v1'>;

/** When a VM's state is read again after it was switched on: milliseconds after the read before. */
export const refreshDelaysMs: readonly number[] = [2_000, 5_000, 15_000, 60_000, 300_000];
const longestSettleWaitMs = 300_000;

/** A read after the last of the refreshes is not asked for. */
export const firstRefresh = (now: Date): Look => newLook(after(now, refreshDelaysMs[0] ?? 0));

/** Asks for what is due. The next look is due when its time has come, answered or not. */
export function sendDueLooks(change: Change): void {
  for (const purpose of ['settle', 'refresh'] as const) {
    const look = change.vm.looks[purpose];
    if (look !== undefined && look.dueAt <= change.now) sendLook(change, purpose, look);
  }
}

function sendLook(change: Change, purpose: LookPurpose, { tries, since }: Look): void {
  const { now, scene, vm } = change;
  const requestId = `${vm.doc.id}/${purpose}/${vm.doc.seq}.${tries}`;
  const waitMs = purpose === 'settle' ? settleWaitMs(change, tries) : refreshDelaysMs[tries + 1];
  const next = waitMs === undefined ? undefined : { dueAt: after(now, waitMs), since, tries: tries + 1, requestId };
  setLook(change, purpose, next);
  change.send(statusCommand({ now, installation: scene.installation, vm }, requestId));
}

const settleWaitMs = (change: Change, tries: number): number =>
  Math.min(longestSettleWaitMs, change.scene.timing.planTimeoutMs * 2 ** Math.min(tries, 10));

function setLook(change: Change, purpose: LookPurpose, look: Look | undefined): void {
  const others = Object.entries(change.vm.looks).filter(([name]) => name !== purpose);
  const looks: Looks = { ...Object.fromEntries(others), ...(look === undefined ? {} : { [purpose]: look }) };
  change.noteVm({ looks });
}

/** Takes a look's answer. "Could not look" is no answer. */
export function observed(change: Change, fact: Observed): void {
  if (fact.error !== null) return;
  const [status] = fact.statuses;
  const look = change.vm.looks.settle;
  if (look?.requestId === fact.requestId) settle(change, look, status);
  else if (status !== undefined) refresh(change, status);
}

/** While an operation is at work on the VM, that one decides. */
function settle(change: Change, look: Look, status: VmStatus | undefined): void {
  if (change.open.length > 0) return;
  if (status === undefined) notSeen(change, look);
  else if (change.vm.doc.lifecycle === 'active') stillThere(change, look, status);
  else cleanUp(change, status);
}

/** A delete that ended unknown may take effect late: it is looked at again after that time. */
function stillThere(change: Change, { since }: Look, status: VmStatus): void {
  const lastLookAt = after(since, change.scene.timing.lateEffectWindowMs);
  const looks = lastLookAt > change.now ? { settle: { ...newLook(lastLookAt), since } } : {};
  const nativeIds = nativeIdsWith(change.vm.nativeIds, status);
  change.tellVm('seen', seenOf(change.vm.doc, status), { nativeIds, absentAt: null, looks });
}

/** Absence takes two looks, so far apart that a late effect would have shown. */
function notSeen(change: Change, { since }: Look): void {
  const { vm, now } = change;
  const { lateEffectWindowMs } = change.scene.timing;
  const secondLookAt = after(vm.absentAt ?? now, lateEffectWindowMs);
  if (vm.absentAt === null || secondLookAt > now) {
    change.noteVm({ absentAt: vm.absentAt ?? now });
    setLook(change, 'settle', { ...newLook(secondLookAt), since });
  } else if (vm.doc.lifecycle === 'active') {
    forgetVm(change);
  } else {
    change.tellVm('absent', { presence: 'missing' }, { isSettled: true, absentAt: null, looks: {} });
    change.ledger = { kind: 'release' };
  }
}

/** Reads after a start end as soon as the VM has an address or is off again. */
function refresh(change: Change, status: VmStatus): void {
  const { doc, nativeIds } = change.vm;
  if (doc.lifecycle !== 'active') return;
  if (status.power !== 'on' || hasAddress(status)) setLook(change, 'refresh', undefined);
  const seen = seenOf(doc, status);
  if (isNews(doc, seen)) change.tellVm('observed', seen, { nativeIds: nativeIdsWith(nativeIds, status) });
}

const isNews = (doc: Vm, seen: Partial<Vm>): boolean =>
  canonicalJson({ ...doc, ...seen, observedAt: null }) !== canonicalJson({ ...doc, observedAt: null });
