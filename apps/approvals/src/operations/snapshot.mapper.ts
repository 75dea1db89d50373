import type { Snapshot, Vm, VmStatus } from '@dcm/contracts';
import type { SnapshotMemory } from './goal.entity';
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

/** Whether a read says which snapshots there are. */
export const listsSnapshots = ({ doc }: Pick<VmRecord, 'doc'>, status: VmStatus): boolean =>
  status.snapshots !== undefined && !isOvertaken(doc, status);

/** The snapshots of DCM's that a read shows; strangers' never appear. Empty: the read says nothing about them. */
export function snapshotsSeen(vm: VmRecord, status: VmStatus): Pick<Partial<Vm>, 'snapshots'> {
  const { snapshotMemory } = vm;
  if (status.snapshots === undefined || !listsSnapshots(vm, status)) return {};
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

/** How sure it is that a snapshot is there. */
export type Certainty = 'open' | 'made';

/**
 * The memory with a snapshot, and how large the VM is and what it costs; of one that it knows, how large it was then.
 * @param certainty `open`: it counts from now on, though nobody has seen it.
 */
export function withSnapshot(vm: VmRecord, snapshot: Snapshot, certainty: Certainty): VmRecord['snapshotMemory'] {
  const { doc, snapshotMemory } = vm;
  const shown = new Set(doc.snapshots.map(({ id }) => id));
  const others = Object.values(snapshotMemory).filter((one) => one.snapshot.id !== snapshot.id);
  const unseen = others.filter((one) => one.isOpen !== true && !shown.has(one.snapshot.id));
  const dropped = new Set(unseen.sort((a, b) => byAge(b.snapshot, a.snapshot)).slice(mostUnseen - 1));
  const known = snapshotMemory[snapshot.id] ?? memoryOf(vm, snapshot);
  const one = { ...known, snapshot, isOpen: certainty === 'open' };
  const kept = [...others.filter((other) => !dropped.has(other)), one];
  return Object.fromEntries(kept.map((memory) => [memory.snapshot.id, memory]));
}

const memoryOf = ({ doc, planPrice }: VmRecord, snapshot: Snapshot): SnapshotMemory => ({
  snapshot,
  size: sizeOf(doc),
  sizeName: doc.size,
  price: planPrice,
});

/** The memory once a read has shown all there is: what it did not show is not there. */
export const withoutOpen = ({ snapshotMemory }: Pick<VmRecord, 'snapshotMemory'>): VmRecord['snapshotMemory'] =>
  Object.fromEntries(Object.entries(snapshotMemory).map(([id, known]) => [id, { ...known, isOpen: false }]));

/** How many snapshots a VM counts for: those that are shown, and those that may be there. */
export function countedSnapshots({ doc, snapshotMemory }: Pick<VmRecord, 'doc' | 'snapshotMemory'>): number {
  const open = Object.values(snapshotMemory).flatMap(({ snapshot, isOpen }) => (isOpen === true ? [snapshot.id] : []));
  return new Set([...doc.snapshots.map(({ id }) => id), ...open]).size;
}

/** The memory without a snapshot that is not, or no more. */
export const withoutSnapshot = ({ snapshotMemory }: VmRecord, id: string): VmRecord['snapshotMemory'] =>
  Object.fromEntries(Object.entries(snapshotMemory).filter(([known]) => known !== id));
