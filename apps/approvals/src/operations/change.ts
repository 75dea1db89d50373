import {
  assertLifecycleTransition,
  assertOperationTransition,
  DcmError,
  isFinal,
  type Approval,
  type HypervisorReason,
  type Operation,
  type OperationId,
  type OperationState,
  type Quota,
  type ResourceAmount,
  type Vm,
} from '@dcm/contracts';
import type { JournalEntry } from '../journal/journal.entity';
import type { Command } from '../dispatch/command.mapper';
import type { OperationRecord, OperationWork } from './operation.entity';
import type { Scene, SiteGate } from './scene';
import type { Tariff } from './terms.entity';
import { countedSnapshots } from './snapshot.mapper';
import type { VmRecord } from './vm.entity';
import { withSentence } from './waiting.mapper';

/**
 * What the ledger is told: it moves only on what was observed. `use` with amounts sets them, and so does `plan` while nothing was made;
 * `correct` and `rehold` keep the larger of what is there and what they name.
 */
export type LedgerMove =
  | { readonly kind: 'release' }
  | { readonly kind: 'use'; readonly amounts?: ResourceAmount }
  /** Of a VM for which nothing was held. */
  | { readonly kind: 'hold'; readonly amounts: ResourceAmount }
  | { readonly kind: 'rehold' | 'correct' | 'plan'; readonly amounts: ResourceAmount };

/** What the site's gate is told. */
export type GateMove =
  | { readonly kind: 'pause'; readonly forMs: number; readonly reason: string; readonly cause: HypervisorReason }
  /** `probe`: it stays paused, and one operation may try it now. */
  | { readonly kind: 'resume' | 'probe' };

type VmPatch = Partial<Omit<VmRecord, 'doc'>>;

/**
 * One transaction's worth of decisions about one VM, in memory: the policies write it, the repository stores it. Each step of
 * an operation, VM or approval gets the next sequence number and one journal entry with the full new state.
 */
export class Change {
  readonly now: Date;
  readonly entries: JournalEntry[] = [];
  readonly commands: Command[] = [];
  /** Whether a site got work or a free place. */
  concernsDispatch = false;
  ledger: LedgerMove | null = null;
  /** The quotas whose limits somebody's signature raised. */
  raised: { readonly quotas: readonly Quota[]; readonly by: string } | null = null;
  gate: GateMove | null = null;
  /** An instance number that was taken for this change, if its target wanted one. */
  nextNumber: number | null = null;
  /** Of a VM that is decided about together with others: their changes and this one, in the order of their request; else none. */
  batch: readonly Change[] = [];
  /** What its plan costs and counts, and the rules that decide about it, if its target wanted to know. */
  tariff: Tariff = { rates: [], quotas: [], book: null };
  private readonly operations: Map<string, OperationRecord>;
  private readonly approvals: Map<string, Approval>;
  private readonly written = new Set<string>();
  private currentVm: VmRecord | null;

  constructor(readonly scene: Scene) {
    this.now = scene.now;
    this.currentVm = scene.vm;
    this.operations = new Map(scene.operations.map((operation) => [operation.doc.id, operation]));
    this.approvals = new Map(scene.approvals.map((approval) => [approval.id, approval]));
  }

  /** @throws DcmError INTERNAL when the scene has no VM. */
  get vm(): VmRecord {
    if (this.currentVm === null) throw new DcmError('INTERNAL', 'Unable to change a VM: the change is about none');
    return this.currentVm;
  }

  /** @throws DcmError INTERNAL when the scene has no site. */
  get site(): SiteGate {
    if (this.scene.site === null) throw new DcmError('INTERNAL', 'Unable to read a site: the change is about none');
    return this.scene.site;
  }

  get hasVm(): boolean {
    return this.currentVm !== null;
  }

  /** @throws DcmError NOT_FOUND. */
  operation(id: OperationId): OperationRecord {
    const found = this.operations.get(id);
    if (found === undefined) throw new DcmError('NOT_FOUND', `Unable to find operation ${id}`);
    return found;
  }

  find(id: OperationId): OperationRecord | undefined {
    return this.operations.get(id);
  }

  /** Operations that have not ended, in no particular order. */
  get open(): OperationRecord[] {
    return [...this.operations.values()].filter((operation) => !isFinal(operation.doc.state));
  }

  /** Whether some operation works on the VM or is going to: a delete that is put before people does not until they have decided. */
  get isBusy(): boolean {
    return this.open.some(({ doc, holdsVm }) => holdsVm || doc.kind !== 'vm.delete');
  }

  approval(id: string): Approval | undefined {
    return this.approvals.get(id);
  }

  pendingApproval(operationId: OperationId): Approval | undefined {
    return [...this.approvals.values()].find((one) => one.operationId === operationId && one.state === 'pending');
  }

  /** Records that were written, to be stored; those that give the VM away come before the one that takes it. */
  get changedOperations(): OperationRecord[] {
    const changed = [...this.operations.values()].filter((operation) => this.written.has(operation.doc.id));
    return changed.sort((a, b) => Number(a.holdsVm) - Number(b.holdsVm));
  }

  get changedApprovals(): Approval[] {
    return [...this.approvals.values()].filter((approval) => this.written.has(approval.id));
  }

  get changedVm(): VmRecord | null {
    return this.currentVm !== null && this.written.has(this.currentVm.doc.id) ? this.currentVm : null;
  }

  /** The VM's looks, where nothing else of it was written. */
  get changedLooks(): VmRecord | null {
    const vm = this.changedVm;
    return vm !== null && isOtherwiseSame(vm, this.scene.vm) ? vm : null;
  }

  /** Adds an operation; its document says seq 0 and gets 1. */
  begin(record: OperationRecord, actor: string): void {
    this.operations.set(record.doc.id, record);
    this.concernsDispatch ||= record.doc.state === 'queued';
    this.tellOperation({ ...record, doc: { ...record.doc, seq: record.doc.seq + 1 } }, 'accepted', actor);
  }

  /** Moves an operation on. @throws DcmError INTERNAL for a transition that the table does not know. */
  move(
    id: OperationId,
    action: string,
    step: { readonly doc?: Partial<Operation>; readonly work?: Partial<OperationWork> },
    actor = 'system',
  ): void {
    const before = this.operation(id);
    const state = step.doc?.state ?? before.doc.state;
    if (state !== before.doc.state) assertOperationTransition(before.doc.state, state);
    this.concernsDispatch ||= makesRoomOrWork(before.doc.state, state) || (step.work?.nextAt ?? null) !== null;
    const doc = { ...before.doc, ...step.doc, updatedAt: this.now.toISOString(), seq: before.doc.seq + 1 };
    this.tellOperation({ ...before, ...step.work, doc: { ...doc, done: isFinal(doc.state) } }, action, actor);
  }

  /** Keeps what only the execution needs; nobody is told. */
  note(id: OperationId, work: Partial<OperationWork & Pick<OperationRecord, 'goal'>>): void {
    this.operations.set(id, { ...this.operation(id), ...work });
    this.written.add(id);
  }

  /** Changes the VM and tells it. @throws DcmError INTERNAL for a lifecycle transition that the table does not know. */
  tellVm(action: string, doc: Partial<Vm>, patch: VmPatch = {}, actor = 'system'): void {
    const before = this.vm;
    assertLifecycleTransition(before.doc.lifecycle, doc.lifecycle ?? before.doc.lifecycle);
    const next = { ...before.doc, ...doc, updatedAt: this.now.toISOString(), seq: before.doc.seq + 1 };
    this.currentVm = { ...before, ...patch, doc: next };
    this.written.add(next.id);
    this.entries.push(entryOf('vm', next, action, actor));
  }

  /** Keeps what only DCM needs of the VM; nobody is told. */
  noteVm(patch: VmPatch): void {
    this.currentVm = { ...this.vm, ...patch };
    this.written.add(this.vm.doc.id);
  }

  /** Writes an approval's next state, a new one with seq 0 before. */
  tellApproval(approval: Approval, action: string, actor = 'system'): Approval {
    const next = { ...approval, seq: approval.seq + 1 };
    this.approvals.set(next.id, next);
    this.written.add(next.id);
    this.entries.push(entryOf('approval', next, action, actor));
    return next;
  }

  /** How many snapshots the VM counts for from now on; null: as many as before, or it counts for nothing. */
  get snapshotsToCount(): number | null {
    const { amounts } = this.scene;
    const vm = this.changedVm;
    if (vm === null || (amounts === null && this.ledger === null)) return null;
    const count = countedSnapshots(vm);
    return count === (amounts?.snapshots ?? 0) ? null : count;
  }

  send(command: Command): void {
    this.commands.push(command);
  }

  private tellOperation(record: OperationRecord, action: string, actor: string): void {
    const { traceparent } = record;
    const { waitingFor } = record.doc;
    const doc = waitingFor === null ? record.doc : { ...record.doc, waitingFor: withSentence(waitingFor) };
    this.operations.set(doc.id, { ...record, doc });
    this.written.add(doc.id);
    const trace = traceparent === null ? {} : { traceparent };
    this.entries.push({ ...entryOf('operation', doc, action, actor), ...trace });
  }
}

/** What leaves a site has a place there for others; what is queued wants one. */
const makesRoomOrWork = (from: OperationState, to: OperationState): boolean =>
  from !== to && (from === 'running' || to === 'queued');

const isOtherwiseSame = (vm: VmRecord, before: VmRecord | null): boolean =>
  before !== null && (Object.keys(vm) as (keyof VmRecord)[]).every((key) => key === 'looks' || vm[key] === before[key]);

const entryOf = (
  noun: JournalEntry['noun'],
  doc: Operation | Vm | Approval,
  action: string,
  actor: string,
): JournalEntry => ({ noun, id: doc.id, tenantId: doc.tenantId, action, actor, seq: doc.seq, doc });
