import type { ManagedObjectReference } from './client/managed.object';
import { readDate, readList, readRecord, readReference, readString } from './client/reader';

/** A snapshot in a VM's tree. */
export interface Snapshot {
  readonly ref: ManagedObjectReference;
  readonly name: string;
  readonly createdAt: Date;
  /** Whether the VM's state comes after this one. */
  readonly isCurrent: boolean;
}

/** Reads `snapshot`, which is absent while there are none: the tree as a list, each after the one on which it stands. */
export function readSnapshots(info: unknown): Snapshot[] {
  const { currentSnapshot, rootSnapshotList } = readRecord(info);
  return readNodes(rootSnapshotList, readReference(currentSnapshot)?.value);
}

function readNodes(nodes: unknown, current: string | undefined): Snapshot[] {
  return readList(nodes)
    .map(readRecord)
    .flatMap(({ snapshot, name, createTime, childSnapshotList }) => {
      const ref = readReference(snapshot);
      const below = readNodes(childSnapshotList, current);
      if (ref === undefined) return below;
      const createdAt = readDate(createTime) ?? new Date(0);
      return [{ ref, name: readString(name) ?? '', createdAt, isCurrent: ref.value === current }, ...below];
    });
}
