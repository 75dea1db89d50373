import type { Disk, Price, ResourceAmount, Snapshot, SnapshotWork, Vm, VmTarget } from '@dcm/contracts';

/** How large a VM is, as DCM grants it. */
export interface VmSize {
  readonly cpus: number;
  readonly memoryMib: number;
  readonly disks: readonly Disk[];
}

/** What changes the size of a VM: from what it takes now to what it will take. */
export interface SizeGoal {
  readonly size: VmSize;
  /** The catalogue's name of the new size, if it has one. */
  readonly sizeName: Vm['size'];
  /** What the ledger held before. */
  readonly before: ResourceAmount;
  readonly amounts: ResourceAmount;
  /** What it costs while it runs; null, or absent in what was written before this was kept: no rate is known. */
  readonly price?: Price | null;
}

/** Of a resize: `target` holds what was named, the rest comes with its success. */
export interface ResizeGoal extends SizeGoal {
  readonly target: VmTarget;
  readonly labels?: Vm['labels'];
  readonly deletionProtection?: boolean;
}

/** Of work on a snapshot; a revert leads back to the size that the VM had then. */
export interface SnapshotGoal {
  readonly work: SnapshotWork;
  readonly snapshot: Snapshot;
  readonly revertsTo?: SizeGoal;
}

/** What an operation leads to, if its kind does not say it all. */
export interface Goal {
  readonly resize?: ResizeGoal;
  readonly snapshot?: SnapshotGoal;
}

/** A VM's size is somewhere between two. `goal` is where one operation led; null: several did. */
export interface SizeDoubt {
  readonly least: VmSize;
  readonly most: VmSize;
  readonly before: ResourceAmount;
  readonly goal: Pick<SizeGoal, 'size' | 'sizeName' | 'price'> | null;
  /** The dearest of what it may be. */
  readonly dearest?: Price | null;
}

/** What operations that ended unknown may have left. */
export interface Doubt {
  readonly size?: SizeDoubt;
  /** Whether one was made or removed. */
  readonly snapshots?: true;
  /** A delete ended unknown too: what is not there then was deleted. */
  readonly deletion?: true;
}

/** A snapshot that DCM made, or may have made, and how large the VM was then. */
export interface SnapshotMemory {
  readonly snapshot: Snapshot;
  readonly size: VmSize;
  readonly sizeName: Vm['size'];
  /** What the VM cost then. */
  readonly price?: Price | null;
  /** It is being made, or its making ended unknown: it counts though no read has shown it. */
  readonly isOpen?: boolean;
}
