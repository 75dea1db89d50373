import type { Snapshot, Vm, VmStatus } from '@dcm/contracts';
import type { SnapshotMemory, VmSize } from './goal.entity';
import { sizeOf } from './size.policy';
import { seenOf } from './vm-status.mapper';
import type { VmRecord } from './vm.entity';

/** So many snapshots that no read shows are remembered: one whose operation ended unknown may still appear. */
const mostUnseen = 32;

const byAge = (a: Snapshot, b: Snapshot): number =>
  a.createdAt < b.createdAt ? -1 : Number(a.createdAt > b.createdAt) || a.id.localeCompare(b.id);

/** An answer that was overtaken by a later one knows nothing of what came in between. */
const isOvertaken = ({ observedAt }: Vm, status: VmStatus): boolean =>
  observedAt !== null && new Date(status.observedAt) < new Date(observedAt);

/** The snapshots of DCM's that a read shows; strangers' never appear. Empty: the read says nothing about them. */
export function snapshotsSeen({ doc, snapshotMemory }: VmRecord, status: VmStatus): Pick<Partial<Vm>, 'snapshots'> {
  if (status.snapshots === undefined || isOvertaken(doc, status)) return {};
  const listed = new Map(status.snapshots.map((one) => [one.name, one]));
  const snapshots = Object.values(snapshotMemory).flatMap(({ snapshot }) => {
    const seen = listed.get(snapshot.platformName);
    return seen === undefined ? [] : [{ ...snapshot, isCurrent: seen.isCurrent }];
  });
  return { snapshots: snapshots.sort(byAge) };
}

/** What a status read tells about a VM, its snapshots too. `doc`: the VM as it is granted from now on. */
export const readOf = (vm: VmRecord, status: VmStatus, doc: Vm = vm.doc): Partial<Vm> => ({
  ...seenOf(doc, status),
  ...snapshotsSeen(vm, status),
});

/** The memory with one more snapshot, and how large the VM is. */
export function withSnapshot({ doc, snapshotMemory }: VmRecord, snapshot: Snapshot): VmRecord['snapshotMemory'] {
  const shown = new Set(doc.snapshots.map(({ id }) => id));
  const others = Object.values(snapshotMemory).filter((one) => one.snapshot.id !== snapshot.id);
  const unseen = others.filter((one) => !shown.has(one.snapshot.id)).sort((a, b) => byAge(b.snapshot, a.snapshot));
  const dropped = new Set(unseen.slice(mostUnseen - 1));
  const kept = [...others.filter((one) => !dropped.has(one)), memoryOf(doc, snapshot)];
  return Object.fromEntries(kept.map((one) => [one.snapshot.id, one]));
}

const memoryOf = (doc: VmSize & Pick<Vm, 'size'>, snapshot: Snapshot): SnapshotMemory => ({
  snapshot,
  size: sizeOf(doc),
  sizeName: doc.size,
});

/** The memory without a snapshot that is not, or no more. */
export const withoutSnapshot = ({ snapshotMemory }: VmRecord, id: string): VmRecord['snapshotMemory'] =>
  Object.fromEntries(Object.entries(snapshotMemory).filter(([known]) => known !== id));
