import type { OperationId, Plan, Price, Vm, VmSpec } from '@dcm/contracts';
import type { Doubt, SnapshotMemory } from './goal.entity';
import { earliest } from './timing';

/**
 * A read of the hypervisor that is due. `settle` finds out whether a VM whose last call ended unknown exists; `refresh` reads
 * the state again until its addresses have come; `presence` finds out whether a VM is there that scans did not show as ours.
 */
export interface Look {
  readonly dueAt: Date;
  /** From when on it is looked; what began before may still take effect for a while. */
  readonly since: Date;
  readonly tries: number;
  /** Of the last status command. */
  readonly requestId: string | null;
  /** Of a look for presence: what the scan showed instead of the VM. */
  readonly scan?: 'unseen' | 'unmarked';
}

/** A look that begins at a time. */
export const newLook = (dueAt: Date): Look => ({ dueAt, since: dueAt, tries: 0, requestId: null });

export type LookPurpose = 'settle' | 'refresh' | 'presence';
export type Looks = Readonly<Partial<Record<LookPurpose, Look>>>;

/** A VM: what everybody sees (`doc`) and what making and finding it needs. */
export interface VmRecord {
  readonly doc: Vm;
  /** Unique per site, never reused; null for a request that was refused at once. */
  readonly instanceNumber: number | null;
  /** Holds sealed guest secrets until the create has ended. */
  readonly spec: VmSpec | null;
  readonly plan: Plan | null;
  /** What the plan was priced at, whatever rates become; null where no rate was known. */
  readonly planPrice: Price | null;
  /** When the plan came; null: there is none, or it is from before DCM kept this. */
  readonly plannedAt: Date | null;
  readonly nativeIds: readonly string[];
  /** Whether the name is taken in the project: from the request until the VM is deleted or its create has failed. */
  readonly holdsName: boolean;
  /** False while nobody knows whether a create that ended otherwise made a VM. */
  readonly isSettled: boolean;
  /** When it was looked for and not seen. */
  readonly absentAt: Date | null;
  /** From when on no operation that has ended can act any more; null: at once. */
  readonly quietAt: Date | null;
  /** What it may have become though nobody saw it; null: nothing. */
  readonly doubt: Doubt | null;
  /** The snapshots that DCM made or may have made, whether a read shows them or not, by id. */
  readonly snapshotMemory: Readonly<Record<string, SnapshotMemory>>;
  readonly looks: Looks;
  /** While it is one of several that are planned and decided together: the first's operation; null: it is decided about alone. */
  readonly batchId: OperationId | null;
}

/** When the next look is due; null: none is. */
export const lookAtOf = ({ looks }: VmRecord): Date | null => {
  const times = [looks.settle, looks.refresh, looks.presence].flatMap((look) =>
    look === undefined ? [] : [look.dueAt],
  );
  const [first, ...others] = times;
  return first === undefined ? null : earliest(first, ...others);
};
