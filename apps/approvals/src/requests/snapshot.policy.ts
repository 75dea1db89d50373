import type { CreateSnapshot, DcmErrorBody, ErrorCode, OperationId, Snapshot } from '@dcm/contracts';
import { placeOf, type OperationOrder } from '../operations/begin.mapper';
import type { Change } from '../operations/change';
import type { SizeGoal, SnapshotGoal } from '../operations/goal.entity';
import { askedAmounts, atPrice } from '../operations/plan.mapper';
import { amountsAt, larger } from '../operations/size.policy';
import { withSnapshot } from '../operations/snapshot.mapper';
import { enqueue, refusalOfChange, unable } from './change.policy';
import { refuse } from './create.policy';

/** What is asked about a snapshot. */
export type SnapshotWish =
  | ({ readonly action: 'create' } & CreateSnapshot)
  | { readonly action: 'revert' | 'remove'; readonly snapshotId: string };

/** A request about a snapshot. */
export interface SnapshotOrder extends OperationOrder {
  readonly snapshot: SnapshotWish;
}

const verbs = { create: 'make a snapshot of', revert: 'revert', remove: 'remove a snapshot of' } as const;

/** The name on the platform: the same operation again finds what it made. The last digits of an id are random, the first may be a time. */
export const snapshotPlatformName = (name: string, id: OperationId): string =>
  `${name}-${id.replaceAll('-', '').slice(-8)}`;

/** Why a snapshot's work cannot be; null: it can. `most`: how many snapshots a VM may have. */
export function snapshotRefusal(change: Change, { snapshot }: SnapshotOrder, most: number): DcmErrorBody | null {
  const { doc } = change.vm;
  const refusal = (code: ErrorCode, pointer: string, cause: string): DcmErrorBody => ({
    ...unable(change, verbs[snapshot.action], code, cause),
    details: [{ pointer, message: cause }],
  });
  const other = refusalOfChange(change, verbs[snapshot.action]);
  if (other !== null) return other;
  if (snapshot.action !== 'create') {
    const isKnown = doc.snapshots.some(({ id }) => id === snapshot.snapshotId);
    return isKnown ? null : refusal('NOT_FOUND', '/snapshotId', `it has no snapshot ${snapshot.snapshotId}`);
  }
  if (doc.snapshots.some(({ name }) => name === snapshot.name)) {
    return refusal('CONFLICT', '/name', `it has a snapshot ${snapshot.name} already`);
  }
  const isFull = doc.snapshots.length >= most;
  return isFull ? refusal('CONFLICT', '/', `it has ${doc.snapshots.length} snapshots, and ${most} are the most`) : null;
}

/** What a request leads to. The caller has asked whether it can be. */
export function snapshotGoalOf(change: Change, { id, snapshot: wish }: SnapshotOrder): SnapshotGoal | undefined {
  if (wish.action === 'create') {
    const { name, description, memory } = wish;
    const platformName = snapshotPlatformName(name, id);
    const at = change.now.toISOString();
    const snapshot = { id, name, platformName, description, memory, isCurrent: false, createdAt: at };
    return { snapshot, work: { action: 'create', name: platformName, description, memory } };
  }
  const snapshot = change.vm.doc.snapshots.find((one) => one.id === wish.snapshotId);
  if (snapshot === undefined) return undefined;
  const work = { action: wish.action, name: snapshot.platformName };
  return wish.action === 'revert' ? { snapshot, work, ...sizeThen(change, snapshot) } : { snapshot, work };
}

/** A revert leads back to the size that the VM had then: that takes its quota again. */
function sizeThen({ vm, scene }: Change, { id }: Snapshot): { readonly revertsTo?: SizeGoal } {
  const then = vm.snapshotMemory[id];
  if (then === undefined) return {};
  const { size, sizeName, price } = then;
  const before = scene.amounts ?? askedAmounts(vm.doc);
  const amounts = atPrice(amountsAt(size, vm.doc, before), price);
  return { revertsTo: { size, sizeName, before, amounts, ...(price === undefined ? {} : { price }) } };
}

/** Takes in work on a snapshot that can be. */
export function admitSnapshot(
  change: Change,
  order: SnapshotOrder,
  goal: SnapshotGoal,
  quotaError: DcmErrorBody | null,
): void {
  if (quotaError !== null) {
    refuse(change, order, placeOf(change.vm.doc), quotaError);
    return;
  }
  const { revertsTo, snapshot, work } = goal;
  if (revertsTo !== undefined) {
    change.ledger = { kind: 'correct', amounts: larger(revertsTo.before, revertsTo.amounts) };
  }
  if (work.action === 'create') change.noteVm({ snapshotMemory: withSnapshot(change.vm, snapshot, 'open') });
  enqueue(change, { ...order, goal: { snapshot: goal } });
}
