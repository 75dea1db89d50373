import { replaceGuestSecrets } from '@dcm/contracts';
import type { DcmErrorBody, Effect, OperationId, OperationKind, OperationState } from '@dcm/contracts';
import { othersThan, part } from './batch.policy';
import type { Change } from './change';
import { doubtSize, doubtSnapshots, giveBack, sizeGoalOf } from './doubt.policy';
import type { OperationRecord, OperationWork } from './operation.entity';
import { withoutSnapshot } from './snapshot.mapper';
import { after, latest } from './timing';
import { waitFor } from './waiting.mapper';
import { newLook, type VmRecord } from './vm.entity';

/** The requester of what DCM does by itself. */
export const systemRequester = 'system';

/** How long DCM waits before it looks again for a VM that nobody wants and that could not be deleted. */
const unwantedRetryMs = 300_000;

export interface Ending {
  readonly state: Extract<OperationState, 'failed' | 'rejected' | 'cancelled' | 'expired'>;
  readonly error: DcmErrorBody;
  /** Of the attempt that ends it; absent: no attempt was at work. Earlier ones are remembered in the record. */
  readonly effect?: Effect;
  readonly actor?: string;
}

const closedWork: Partial<OperationWork> = {
  holdsVm: false,
  stop: null,
  nextAt: null,
  worker: null,
  leaseUntil: null,
  resume: null,
};

/** True when it is proven that the hypervisor holds nothing of the VM. */
export const isGone = ({ doc, isSettled }: VmRecord): boolean =>
  doc.lifecycle === 'deleted' || (doc.lifecycle === 'failed' && isSettled && doc.presence !== 'present');

/** A guest's secrets are erased when the operation that needed them has ended. */
export const withoutSecrets = (vm: VmRecord): Pick<VmRecord, 'spec'> => ({
  spec: vm.spec === null ? null : { ...vm.spec, guest: replaceGuestSecrets(vm.spec.guest, () => null) },
});

/** Ends an operation as asked for. The caller tells the VM what came of it. */
export function succeed(change: Change, id: OperationId): void {
  const before = change.operation(id);
  const doc = { state: 'succeeded', percent: 100, step: 'done', waitingFor: null, error: null } as const;
  change.move(id, 'succeeded', { doc, work: closedWork });
  wakeSuccessor(change, before);
}

/** Ends a delete: nothing of the VM is left. */
export function succeedDelete(change: Change, id: OperationId): void {
  forgetVm(change);
  succeed(change, id);
}

/** Proven: the hypervisor holds nothing of the VM. Its name and its quota are free again. */
export function forgetVm(change: Change): void {
  if (change.vm.doc.lifecycle === 'active') change.tellVm('deleting', { lifecycle: 'deleting' });
  const doc = { lifecycle: 'deleted', presence: 'missing', power: 'off', nativeState: null } as const;
  const patch = { holdsName: false, isSettled: true, absentAt: null, doubt: null, snapshotMemory: {}, looks: {} };
  change.tellVm('deleted', { ...doc, addresses: [], snapshots: [] }, patch);
  change.ledger = { kind: 'release' };
}

/**
 * Ends an operation otherwise than asked for, with what follows for its VM, its quota and the delete that waits behind it. What is decided about
 * together ends together.
 */
export function end(change: Change, id: OperationId, ending: Ending): void {
  const others = othersThan(change, id);
  endAlone(change, id, ending);
  for (const other of others) endAlone(other.change, other.id, ending);
  if (others.length > 0) part(change);
}

function endAlone(change: Change, id: OperationId, ending: Ending): void {
  const before = change.operation(id);
  const { state, error, actor = 'system' } = ending;
  withdrawApproval(change, before, actor);
  change.move(id, state, { doc: { state, step: state, waitingFor: null, error }, work: closedWork }, actor);
  const isUnknown = before.isTouched || (ending.effect ?? 'NONE') !== 'NONE';
  if (change.hasVm && before.quietAt !== null) change.noteVm({ quietAt: before.quietAt });
  leavings[before.doc.kind](change, before, isUnknown);
  wakeSuccessor(change, before);
}

function withdrawApproval(change: Change, { doc }: OperationRecord, actor: string): void {
  const approval = change.pendingApproval(doc.id);
  if (approval !== undefined) change.tellApproval({ ...approval, state: 'cancelled' }, 'cancelled', actor);
}

/** What an operation leaves of its VM. */
const leavings: Readonly<Record<OperationKind, (change: Change, ended: OperationRecord, isUnknown: boolean) => void>> =
  {
    'vm.create': failCreate,
    'vm.power': (change, ended, isUnknown) => {
      if (isUnknown) lookAgain(change, ended);
    },
    'vm.resize': failChange,
    'vm.snapshot.create': failChange,
    'vm.snapshot.revert': failChange,
    'vm.snapshot.remove': failChange,
    'vm.delete': failDelete,
  };

/** Without effect the VM is and takes what it was and took before. */
function failChange(change: Change, ended: OperationRecord, isUnknown: boolean): void {
  if (change.vm.doc.lifecycle === 'reconfiguring') change.tellVm('kept', { lifecycle: 'active' });
  if (isUnknown) leaveOpen(change, ended);
  else leaveUnchanged(change, ended);
}

function leaveOpen(change: Change, ended: OperationRecord): void {
  const goal = sizeGoalOf(ended);
  if (goal === undefined) doubtSnapshots(change, ended.quietAt);
  else doubtSize(change, goal, ended.quietAt);
}

/** A snapshot that was not made is nothing to wait for. */
function leaveUnchanged(change: Change, ended: OperationRecord): void {
  const goal = sizeGoalOf(ended);
  if (goal !== undefined) giveBack(change, goal);
  const snapshot = ended.goal?.snapshot;
  if (snapshot?.work.action === 'create') {
    change.noteVm({ snapshotMemory: withoutSnapshot(change.vm, snapshot.snapshot.id) });
  }
}

/** Not known: keeps what is held until somebody has looked. */
function failCreate(change: Change, { quietAt }: OperationRecord, isUnknown: boolean): void {
  const dueAt = latest(change.now, quietAt);
  const looks = isUnknown ? { settle: newLook(dueAt) } : {};
  const patch = { holdsName: false, isSettled: !isUnknown, looks, ...withoutSecrets(change.vm) };
  change.tellVm('failed', { lifecycle: 'failed' }, patch);
  if (!isUnknown) change.ledger = { kind: 'release' };
}

/** The VM is what it was before; a VM whose create had failed still has its failed create. */
function failDelete(change: Change, { quietAt, holdsVm }: OperationRecord, isUnknown: boolean): void {
  const { vm } = change;
  // It was put before people and has touched nothing; another delete may be at work.
  if (!holdsVm) return;
  giveVmBack(change);
  if (vm.doc.lifecycle === 'deleting') change.tellVm('kept', { lifecycle: vm.holdsName ? 'active' : 'failed' });
  if (isUnknown && vm.doubt !== null) change.noteVm({ doubt: { ...vm.doubt, deletion: true } });
  if (isUnknown) settleAt(change, latest(change.now, quietAt));
  else if (isUnwanted(change.vm)) settleAt(change, latest(after(change.now, unwantedRetryMs), quietAt));
}

/** What was told to stop for a delete, and may still act, is at work on the VM again: whoever comes next waits for it. */
function giveVmBack(change: Change): void {
  const stopping = change.open.find(({ stop }) => stop !== null);
  if (stopping !== undefined) change.note(stopping.doc.id, { holdsVm: true });
}

/** A VM that nobody wants and that is there: only DCM itself asks for its delete again. */
const isUnwanted = ({ doc, looks }: VmRecord): boolean =>
  doc.lifecycle === 'failed' && doc.presence === 'present' && looks.settle === undefined;

const settleAt = (change: Change, dueAt: Date): void => {
  change.noteVm({ looks: { ...change.vm.looks, settle: newLook(dueAt) } });
};

function lookAgain(change: Change, { quietAt }: OperationRecord): void {
  const refresh = newLook(latest(change.now, quietAt));
  change.noteVm({ looks: { ...change.vm.looks, refresh } });
}

/** A delete that waited for this operation goes on once no attempt of it can act any more. */
function wakeSuccessor(change: Change, ended: OperationRecord): void {
  const successor = change.open.find(
    ({ doc, nextAt }) => doc.kind === 'vm.delete' && doc.state === 'queued' && nextAt === null,
  );
  if (successor === undefined) return;
  const { id, deadlineAt } = successor.doc;
  if (isGone(change.vm)) {
    succeedDelete(change, id);
    return;
  }
  const waitingFor = waitFor.capacity(change.site.name, new Date(deadlineAt));
  change.move(id, 'queued', { doc: { waitingFor }, work: { nextAt: latest(change.now, ended.quietAt) } });
}
