import {
  DcmError,
  reasonTable,
  type Fact,
  type HypervisorCode,
  type HypervisorErrorBody,
  type OperationId,
  type Vm,
  type VmStatus,
} from '@dcm/contracts';
import { decideRetry } from '../dispatch/retry.policy';
import type { Change } from './change';
import { doubtSize, doubtSnapshots, sizeGoalOf } from './doubt.policy';
import type { SnapshotGoal } from './goal.entity';
import { end, succeed, succeedDelete, withoutSecrets } from './ending.policy';
import { cleanUp } from './evidence.policy';
import { failureOf } from './failure.mapper';
import { afterRead } from './look.policy';
import type { OperationRecord, OperationWork } from './operation.entity';
import { isSameSize, pricedAs } from './size.policy';
import { readOf, withSnapshot } from './snapshot.mapper';
import { snapshotDone } from './snapshot.policy';
import { after, latest } from './timing';
import { nativeIdsWith, seenOf } from './vm-status.mapper';
import { waitFor, waitForRest } from './waiting.mapper';

type Succeeded = Fact<'io.dcm.fact.succeeded.v1'>;
type Failed = Fact<'io.dcm.fact.failed.v1'>;

/** What a record forgets when its attempt is over. */
export const idleWork: Partial<OperationWork> = { worker: null, leaseUntil: null, sends: 0 };

/** Between attempts, or in the attempt that a fact speaks of. A fact of an earlier attempt does not disturb the one at work. */
const mayDecide = ({ doc }: OperationRecord, attempt: number): boolean =>
  (doc.state === 'running' && attempt === doc.attempt) || (doc.state === 'queued' && attempt <= doc.attempt);

/** An attempt reached its goal. */
export function attemptSucceeded(change: Change, id: OperationId, fact: Succeeded): void {
  const operation = change.operation(id);
  openGate(change);
  if (operation.doc.done) {
    lateSuccess(change, operation, fact.status);
  } else if (mayDecide(operation, fact.attempt)) {
    goalReached(change, operation, fact);
  } else if (fact.status !== null) {
    change.noteVm({ nativeIds: nativeIdsWith(change.vm.nativeIds, fact.status) });
  }
}

/** What took effect after its operation had ended otherwise: a VM that nobody wants, or a size that nobody knows of. */
function lateSuccess(change: Change, operation: OperationRecord, status: VmStatus | null): void {
  const { kind, state } = operation.doc;
  if (state === 'succeeded' || status === null) return;
  const goal = sizeGoalOf(operation);
  if (kind === 'vm.create') cleanUp(change, status);
  else if (!isLive(change)) return;
  else if (goal !== undefined && !isSameSize(goal.size, change.vm.doc)) doubtSize(change, goal, operation.quietAt);
  else if (operation.goal?.snapshot !== undefined) lateSnapshot(change, operation.goal.snapshot);
}

/** Whether it is there is for a read to say. */
function lateSnapshot(change: Change, { work, snapshot }: SnapshotGoal): void {
  if (work.action === 'create') change.noteVm({ snapshotMemory: withSnapshot(change.vm, snapshot, 'open') });
  doubtSnapshots(change, null);
}

const isLive = ({ vm }: Change): boolean => vm.doc.lifecycle === 'active' || vm.doc.lifecycle === 'reconfiguring';

function goalReached(change: Change, operation: OperationRecord, fact: Succeeded): void {
  const { id, kind } = operation.doc;
  if (kind === 'vm.delete') {
    deleteReported(change, operation, fact);
    return;
  }
  if (kind === 'vm.create') vmMade(change, fact);
  else if (kind === 'vm.resize') resized(change, operation, fact.status);
  else if (operation.goal?.snapshot !== undefined) snapshotDone(change, operation, fact.status);
  else if (fact.status !== null)
    change.tellVm('power-changed', readOf(change.vm, fact.status), afterRead(change, fact.status));
  succeed(change, id);
}

function vmMade(change: Change, { status, outcome }: Succeeded): void {
  const { vm } = change;
  const disks = status === null ? vm.doc.disks : disksMade(change, status);
  const seen = status === null ? {} : { ...seenOf({ ...vm.doc, disks }, status), disks, presence: 'present' as const };
  const patch = status === null ? {} : afterRead(change, status);
  change.tellVm(outcome, { lifecycle: 'active', ...seen }, { ...patch, isSettled: true, ...withoutSecrets(vm) });
  change.ledger = { kind: 'use' };
}

/** An image may bring more and larger disks than were asked for: what was planned and made is what a resize begins from. */
function disksMade({ vm }: Change, status: VmStatus): Vm['disks'] {
  const { doc, plan } = vm;
  const asked = doc.disks.reduce((sum, { sizeGib }) => sum + sizeGib, 0);
  const seen = status.disks.map(({ sizeGib }) => ({ sizeGib: Math.ceil(sizeGib) }));
  return seen.length > 0 && (doc.disks.length === 0 || (plan !== null && plan.diskGib > asked)) ? seen : doc.disks;
}

/** From now on the VM is what was granted; whatever a read shows beyond that is drift. */
function resized(change: Change, { goal }: OperationRecord, status: VmStatus | null): void {
  const resize = goal?.resize;
  if (resize === undefined) throw new DcmError('INTERNAL', 'Unable to finish a resize: it has no goal');
  const { size, sizeName, amounts, labels, deletionProtection } = resize;
  const doc = {
    ...size,
    disks: [...size.disks],
    size: sizeName,
    lifecycle: 'active' as const,
    ...(labels === undefined ? {} : { labels }),
    ...(deletionProtection === undefined ? {} : { deletionProtection }),
  };
  const seen = status === null ? {} : readOf(change.vm, status, { ...change.vm.doc, ...doc });
  const patch = status === null ? {} : afterRead(change, status);
  change.tellVm('resized', { ...doc, ...seen }, { ...patch, ...pricedAs(resize) });
  change.ledger = { kind: 'use', amounts };
}

/** "Not there" counts at once for a VM that was seen; after a create with an unknown end it takes a second look. */
function deleteReported(change: Change, { doc }: OperationRecord, { outcome }: Succeeded): void {
  const { vm, now } = change;
  const { lateEffectWindowMs } = change.scene.timing;
  const isProven = outcome !== 'absent' || vm.isSettled;
  const secondLookAt = vm.absentAt === null ? null : after(vm.absentAt, lateEffectWindowMs);
  if (isProven || (secondLookAt !== null && secondLookAt <= now)) {
    succeedDelete(change, doc.id);
    return;
  }
  const nextAt = secondLookAt ?? after(now, lateEffectWindowMs);
  change.noteVm({ absentAt: vm.absentAt ?? now });
  const waitingFor = waitFor.retry('the VM is not there now, but its create ended unknown: a second look', nextAt);
  change.move(doc.id, 'queued', {
    doc: { state: 'queued', step: 'queued', waitingFor },
    work: { ...idleWork, nextAt },
  });
}

/** An attempt failed: it is tried again, or the operation ends with what the attempt left behind. */
export function attemptFailed(change: Change, id: OperationId, fact: Failed): void {
  const operation = change.operation(id);
  const { doc } = operation;
  if (doc.state !== 'running' || fact.attempt !== doc.attempt) return;
  const { error } = fact;
  if (fact.status !== null) change.noteVm({ nativeIds: nativeIdsWith(change.vm.nativeIds, fact.status) });
  if (operation.stop !== null) {
    end(change, id, { ...operation.stop, effect: error.effect });
    return;
  }
  const decision = decideRetry(error, retryFactsOf(change, operation), change.scene.timing);
  if (provesSite(error)) openGate(change);
  moveGate(change, decision.pauseMs, error);
  if (decision.kind === 'fail') end(change, id, { state: 'failed', error: failureOf(error), effect: error.effect });
  else {
    if (isNumberTaken(error)) renumber(change);
    retry(change, operation, fact, decision);
  }
}

/** Whether a stranger is proven to hold the native id that follows from the VM's number. */
export const isNumberTaken = ({ reason, effect }: HypervisorErrorBody): boolean =>
  reason === 'NUMBER_TAKEN' && effect === 'NONE';

/** The number stays burnt; the next attempt is made under another one. */
function renumber(change: Change): void {
  if (change.nextNumber !== null) change.noteVm({ instanceNumber: change.nextNumber });
}

/** Whoever names a cause has been answered by the site. */
const provesSite = ({ reason, code }: HypervisorErrorBody): boolean =>
  !reasonTable[reason].pausesSite && !silentCodes.has(code);
const silentCodes: ReadonlySet<HypervisorCode> = new Set(['CANCELLED', 'DEADLINE_EXCEEDED', 'UNKNOWN']);

const retryFactsOf = (
  { now, site }: Change,
  { doc, failures }: OperationRecord,
): Parameters<typeof decideRetry>[1] => ({
  now,
  deadline: new Date(doc.deadlineAt),
  failures,
  attempt: doc.attempt,
  pauses: site.pauses,
  pausedUntil: site.pausedUntil,
});

function retry(
  change: Change,
  { doc, failures, isTouched, resume }: OperationRecord,
  { error, resume: checkpoint }: Failed,
  decision: { readonly at: Date; readonly isCounted: boolean },
): void {
  const work = {
    ...idleWork,
    nextAt: decision.at,
    failures: failures + (decision.isCounted ? 1 : 0),
    isTouched: isTouched || error.effect !== 'NONE',
    // What was begun under a number that is not ours says nothing of the next.
    resume: isNumberTaken(error) ? null : (checkpoint ?? resume),
  };
  const isSite = reasonTable[error.reason].pausesSite;
  const waitingFor = isSite
    ? waitForRest(change.site.name, error, decision.at)
    : waitFor.retry(error.message, decision.at);
  change.move(doc.id, 'retrying', { doc: { state: 'queued', step: 'queued', waitingFor }, work });
}

/** The work goes on under another message; that is no failure. */
export function attemptYielded(change: Change, id: OperationId, fact: Fact<'io.dcm.fact.yielded.v1'>): void {
  const operation = change.operation(id);
  const { doc, stop } = operation;
  if (doc.state !== 'running' || fact.attempt !== doc.attempt) return;
  openGate(change);
  if (stop !== null) {
    end(change, id, { ...stop, effect: 'UNKNOWN' });
    return;
  }
  const waitingFor = waitFor.capacity(change.site.name, new Date(doc.deadlineAt));
  const work = { ...idleWork, nextAt: change.now, resume: fact.resume === '' ? null : fact.resume, isTouched: true };
  change.move(id, 'yielded', { doc: { state: 'queued', waitingFor }, work });
}

/** A worker that reports after its site was paused proves that the site answers. */
export function openGate(change: Change): void {
  if (change.site.pausedUntil !== null || change.site.pauses > 0) change.gate = { kind: 'resume' };
}

/** Stops dispatching to a site that does not answer. */
export function moveGate(change: Change, pauseMs: number | null, error: HypervisorErrorBody): void {
  const { message, reason } = error;
  if (pauseMs !== null) change.gate = { kind: 'pause', forMs: pauseMs, reason: message, cause: reason };
}

/** From when on nothing of an expired attempt can act any more. */
export const quietAtOf = (change: Change, leaseUntil: Date): Date =>
  latest(change.now, after(leaseUntil, change.scene.timing.callTimeoutMs));
