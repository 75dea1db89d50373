import { DcmError, type Snapshot, type Vm, type VmStatus } from '@dcm/contracts';
import type { Change } from './change';
import type { SizeGoal, SnapshotGoal } from './goal.entity';
import { afterRead } from './look.policy';
import type { OperationRecord } from './operation.entity';
import { atPrice } from './plan.mapper';
import { amountsAt, grantedSize, nameOfSettled, settledPrice, withDoubt } from './size.policy';
import { readOf, withoutSnapshot, withSnapshot } from './snapshot.mapper';
import type { VmRecord } from './vm.entity';

/** Work on a snapshot reached its goal. What is shown follows the read where it lists snapshots. */
export function snapshotDone(change: Change, { goal }: OperationRecord, status: VmStatus | null): void {
  const work = goal?.snapshot;
  if (work === undefined) throw new DcmError('INTERNAL', 'Unable to finish work on a snapshot: it has no goal');
  if (work.work.action === 'create') made(change, work, status);
  else if (work.work.action === 'revert') reverted(change, work, status);
  else removed(change, work, status);
}

const withCurrent = (snapshots: readonly Snapshot[], id: string): Snapshot[] =>
  snapshots.map((one) => ({ ...one, isCurrent: one.id === id }));

/** A read may be older than the snapshot; that the worker made it is certain. */
function made(change: Change, { snapshot }: SnapshotGoal, status: VmStatus | null): void {
  const { vm, now } = change;
  const listed = status?.snapshots?.find(({ name }) => name === snapshot.platformName);
  const one = { ...snapshot, createdAt: listed?.createdAt ?? now.toISOString() };
  const others = vm.doc.snapshots.filter(({ id }) => id !== one.id);
  const snapshots = withCurrent([...others, one], one.id);
  const patch = { snapshotMemory: withSnapshot(vm, one, 'made') };
  tell(change, { action: 'snapshot-made', doc: { snapshots }, patch }, listed && status);
}

function removed(change: Change, { snapshot }: SnapshotGoal, status: VmStatus | null): void {
  const { vm } = change;
  const snapshots = vm.doc.snapshots.filter(({ id }) => id !== snapshot.id);
  const patch = { snapshotMemory: withoutSnapshot(vm, snapshot.id) };
  tell(change, { action: 'snapshot-removed', doc: { snapshots }, patch }, status);
}

/** A revert leads the size back too, as far as the platform keeps it in its snapshots. */
function reverted(change: Change, { snapshot, revertsTo }: SnapshotGoal, status: VmStatus | null): void {
  const { doc } = change.vm;
  const { doc: sized = {}, patch = {} } = revertsTo === undefined ? {} : sizedBack(change, revertsTo, status);
  const snapshots = withCurrent(doc.snapshots, snapshot.id);
  tell(change, { action: 'snapshot-reverted', doc: { lifecycle: 'active', snapshots, ...sized }, patch }, status);
}

function sizedBack(change: Change, goal: SizeGoal, status: VmStatus | null): Omit<Told, 'action'> {
  const { vm } = change;
  const { doc } = vm;
  const doubt = withDoubt(undefined, vm, goal);
  const size = (status === null ? undefined : grantedSize(doubt, status)) ?? goal.size;
  const planPrice = settledPrice(vm, doubt, size);
  change.ledger = { kind: 'use', amounts: atPrice(amountsAt(size, doc, goal.before), planPrice) };
  const sized = { ...size, disks: [...size.disks], size: nameOfSettled(doc, size, goal) };
  return { doc: sized, patch: { planPrice } };
}

interface Told {
  readonly action: string;
  readonly doc: Partial<Vm>;
  readonly patch?: Partial<Pick<VmRecord, 'snapshotMemory' | 'planPrice'>>;
}

function tell(change: Change, { action, doc, patch }: Told, status: VmStatus | null | undefined): void {
  const next = { ...change.vm, ...patch, doc: { ...change.vm.doc, ...doc } };
  const seen = status ? readOf(next, status) : {};
  change.tellVm(action, { ...doc, ...seen }, { ...patch, ...(status ? afterRead(change, status) : {}) });
}
