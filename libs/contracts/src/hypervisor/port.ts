import type { PowerAction } from '../domain/vm';
import type { OperationId, VmId } from '../ids';
import type { PlatformDescription, ResourcePool, SiteHealth } from './description';
import type { Ownership, Plan, ProvisionedVm, ResolvedVm, VmPage, VmRef, VmSpec, VmStatus, VmTarget } from './vm';

/** What every call gets: who asks it to stop, and how long it may take. */
export interface CallContext {
  readonly signal: AbortSignal;
  /** Milliseconds left on a monotonic clock. */
  remainingMs(): number;
}

/** What a mutating call gets. One context is one attempt of one operation. */
export interface OperationContext extends CallContext {
  readonly operationId: OperationId;
  readonly instanceId: VmId;
  /** Allotted by approvals, unique per site, never reused; platforms with numeric ids derive theirs from it. */
  readonly instanceNumber: number;
  readonly attempt: number;
  readonly ownership: Ownership;
  /** The token of an earlier attempt's last `checkpoint`, if any. */
  readonly resume: string | undefined;
  /**
   * Must be called right before every call that changes the hypervisor.
   * @throws HypervisorError CLAIM_LOST, CANCELLED or BUDGET_EXHAUSTED when this worker may no longer act: let it through as it is.
   */
  assertMayMutate(): void;
  /** Percent 0 to 99, the name of the step that begins, and whom it waits for if not for the platform. Never throws. */
  progress(percent: number, step: string, waitsFor?: 'guest'): void;
  /** Remembers a token (e.g. a task's id) for the next attempt. */
  checkpoint(token: string): void;
}

export type DeleteOutcome = 'DELETED' | 'ABSENT' | 'NOT_OURS';

/** Where to look first for a VM: native ids seen before, and numbers that earlier attempts burnt. */
export interface FindHints {
  readonly nativeIds: readonly string[];
  readonly earlierNumbers: readonly number[];
}

export interface ListVmsOptions {
  readonly pageSize: number;
  readonly signal: AbortSignal;
}

export interface SnapshotFacet {
  /** `name` is unique to the operation: one that is there already was made by an earlier attempt, and is success. */
  createSnapshot(
    ref: VmRef,
    snapshot: { name: string; description: string; memory: boolean },
    ctx: OperationContext,
  ): Promise<VmStatus>;
  /** @throws HypervisorError SNAPSHOT_NOT_FOUND */
  revertSnapshot(ref: VmRef, name: string, ctx: OperationContext): Promise<VmStatus>;
  /** One that is gone is success; the others stay. */
  removeSnapshot(ref: VmRef, name: string, ctx: OperationContext): Promise<VmStatus>;
  listSnapshots(
    ref: VmRef,
    ctx: CallContext,
  ): Promise<readonly { name: string; createdAt: string; isCurrent: boolean }[]>;
}

/** A short-lived address of a VM's screen; opening it changes nothing. */
export interface ConsoleFacet {
  openConsole(ref: VmRef, ctx: CallContext): Promise<{ url: string; expiresAt: string }>;
}

/** Tells that VMs changed on the platform, whoever changed them; what changed is to be read. It may tell too much, and after a gap it tells nothing of before. */
export interface ChangeFeedFacet {
  changes(signal: AbortSignal): AsyncIterable<readonly { nativeId: string }[]>;
}

export interface AdoptionFacet {
  adopt(nativeId: string, ctx: OperationContext): Promise<VmStatus>;
}

/**
 * The promise of every platform: one instance serves one site. Adapters are plain classes that know no framework.
 * Every mutating method may run twice, late, or after a predecessor died in the middle: it looks at the world, then acts.
 * All methods throw HypervisorError. The rules stand in docs/contracts/hypervisor.md; the conformance suite proves them.
 */
export interface HypervisorPort {
  describe(ctx: CallContext): Promise<PlatformDescription>;
  checkHealth(ctx: CallContext): Promise<SiteHealth>;
  listResources(ctx: CallContext): Promise<ResourcePool[]>;
  /** No side effect. A spec that cannot be met is an answer (diagnostics of severity error), not an exception. */
  plan(spec: VmSpec, ctx: CallContext): Promise<Plan>;
  /** Look for the mark, create with the mark in the same call, read back. Resolves when the VM exists as asked (InfraReady); never waits for a guest agent. */
  provisionVm(vm: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm>;
  /** @throws HypervisorError VM_NOT_FOUND when the id is unknown, NOT_OURS when its mark is another's. */
  getVmStatus(ref: VmRef, ctx: CallContext): Promise<VmStatus>;
  /** A VM that is already in the wanted state is success. A restart without proof that it is still needed ends OUTCOME_UNKNOWN. */
  powerCycle(ref: VmRef, action: PowerAction, ctx: OperationContext): Promise<VmStatus>;
  reconfigureVm(ref: VmRef, target: VmTarget, ctx: OperationContext): Promise<VmStatus>;
  /** Disks too. Finds the VM by native id or by mark; a running VM is switched off first. ABSENT is success. */
  deleteVm(
    target: { ownership: Ownership; nativeIds: readonly string[] },
    ctx: OperationContext,
  ): Promise<DeleteOutcome>;
  /** Every VM that bears exactly this mark and is the original (not an administrator's copy), half-built ones too. */
  findVm(ownership: Ownership, hints: FindHints, ctx: CallContext): Promise<VmStatus[]>;
  listVms(options: ListVmsOptions): AsyncIterable<VmPage>;
  readonly snapshots?: SnapshotFacet;
  readonly console?: ConsoleFacet;
  readonly changes?: ChangeFeedFacet;
  readonly adoption?: AdoptionFacet;
  close(): Promise<void>;
}
