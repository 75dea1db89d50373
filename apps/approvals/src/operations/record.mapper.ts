import type { Approval, Operation, ResourceAmount, Vm } from '@dcm/contracts';
import { doubtOf, goalOf } from './goal.mapper';
import type { OperationRecord } from './operation.entity';
import { wakeAtOf } from './operation.entity';
import type { SiteGate } from './scene';
import type { Timing } from './timing';
import { lookAtOf, type Look, type LookPurpose, type VmRecord } from './vm.entity';

/** A row of `approvals.operation`. */
export interface OperationRow {
  doc: Operation;
  payload_sha256: string;
  power: OperationRecord['power'];
  goal: OperationRecord['goal'];
  traceparent: string | null;
  holds_vm: boolean;
  is_touched: boolean;
  failures: number;
  sends: number;
  stop: OperationRecord['stop'];
  next_at: Date | null;
  quiet_at: Date | null;
  worker: string | null;
  lease_until: Date | null;
  resume: string | null;
}

export const operationOf = (row: OperationRow): OperationRecord => ({
  doc: row.doc,
  payloadSha256: row.payload_sha256,
  power: row.power,
  goal: goalOf(row.goal),
  traceparent: row.traceparent,
  holdsVm: row.holds_vm,
  isTouched: row.is_touched,
  failures: row.failures,
  sends: row.sends,
  stop: row.stop,
  nextAt: row.next_at,
  quietAt: row.quiet_at,
  worker: row.worker,
  leaseUntil: row.lease_until,
  resume: row.resume,
});

/** The columns of an operation, by name. */
export const operationColumns = (operation: OperationRecord, timing: Timing): Record<string, unknown> => {
  const { doc } = operation;
  return {
    id: doc.id,
    kind: doc.kind,
    tenant_id: doc.tenantId,
    vm_id: doc.vmId,
    site: doc.site,
    state: doc.state,
    waiting_kind: doc.waitingFor?.kind ?? null,
    attempt: doc.attempt,
    payload_sha256: operation.payloadSha256,
    power: operation.power,
    goal: operation.goal,
    traceparent: operation.traceparent,
    holds_vm: operation.holdsVm,
    is_touched: operation.isTouched,
    failures: operation.failures,
    sends: operation.sends,
    stop: operation.stop,
    next_at: operation.nextAt,
    quiet_at: operation.quietAt,
    worker: operation.worker,
    lease_until: operation.leaseUntil,
    resume: operation.resume,
    deadline_at: doc.deadlineAt,
    wake_at: wakeAtOf(operation, timing),
    doc,
  };
};

/** What questions of older versions did not have. */
const older = { levels: [], level: 0, decisions: [], supersedes: null, error: null };

export const approvalOf = (doc: Approval): Approval => ({ ...older, ...doc });

type StoredLook = Omit<Look, 'dueAt' | 'since'> & { readonly dueAt: string; readonly since: string };
type StoredLooks = Partial<Record<LookPurpose, StoredLook>>;

/** A row of `approvals.vm` with what stands beside it. */
export interface VmRow {
  doc: Vm;
  instance_number: number | null;
  spec: VmRecord['spec'];
  plan: VmRecord['plan'];
  plan_price: VmRecord['planPrice'];
  planned_at: Date | null;
  native_ids: string[];
  holds_name: boolean;
  is_settled: boolean;
  absent_at: Date | null;
  quiet_at: Date | null;
  doubt: VmRecord['doubt'];
  snapshot_memory: VmRecord['snapshotMemory'];
  looks: StoredLooks;
  batch_id: VmRecord['batchId'];
}

const looksOf = (stored: StoredLooks): VmRecord['looks'] =>
  Object.fromEntries(
    Object.entries(stored).map(([purpose, look]) => [
      purpose,
      { ...look, dueAt: new Date(look.dueAt), since: new Date(look.since) },
    ]),
  );

export const vmOf = (row: VmRow): VmRecord => ({
  doc: row.doc,
  instanceNumber: row.instance_number,
  spec: row.spec,
  plan: row.plan,
  planPrice: row.plan_price,
  plannedAt: row.planned_at,
  nativeIds: row.native_ids,
  holdsName: row.holds_name,
  isSettled: row.is_settled,
  absentAt: row.absent_at,
  quietAt: row.quiet_at,
  doubt: doubtOf(row.doubt),
  snapshotMemory: row.snapshot_memory,
  looks: looksOf(row.looks),
  batchId: row.batch_id,
});

/** The columns of a VM, by name. */
export const vmColumns = (vm: VmRecord): Record<string, unknown> => ({
  id: vm.doc.id,
  tenant_id: vm.doc.tenantId,
  project_id: vm.doc.projectId,
  site: vm.doc.site,
  name: vm.doc.name,
  lifecycle: vm.doc.lifecycle,
  instance_number: vm.instanceNumber,
  holds_name: vm.holdsName,
  is_settled: vm.isSettled,
  absent_at: vm.absentAt,
  quiet_at: vm.quietAt,
  doubt: vm.doubt,
  snapshot_memory: vm.snapshotMemory,
  native_ids: vm.nativeIds,
  looks: vm.looks,
  look_at: lookAtOf(vm),
  batch_id: vm.batchId,
  spec: vm.spec,
  plan: vm.plan,
  plan_price: vm.planPrice,
  planned_at: vm.plannedAt,
  doc: vm.doc,
});

/** As `vmColumns`, of its looks alone. */
export const lookColumns = (vm: VmRecord): Record<string, unknown> => ({
  id: vm.doc.id,
  looks: vm.looks,
  look_at: lookAtOf(vm),
});

/** What stands beside a VM: its site's gate, its project's policy and what the ledger holds for it. */
export interface BesideRow {
  site_name: SiteGate['name'];
  platform: SiteGate['platform'];
  publisher: string | null;
  announced_at: Date | null;
  looks_at_once: number;
  paused_until: Date | null;
  pauses: number;
  vcpus: string | null;
  memory_mib: string;
  disk_gib: string;
  vms: string;
  snapshots: string;
  monthly_cost_micros: string;
}

export const siteGateOf = (row: BesideRow, ownUser: string): SiteGate => ({
  name: row.site_name,
  platform: row.platform,
  publisher: row.publisher ?? ownUser,
  isAnnounced: row.announced_at !== null,
  looksAtOnce: row.looks_at_once,
  pausedUntil: row.paused_until,
  pauses: row.pauses,
});

export const amountsOf = (row: BesideRow): ResourceAmount | null =>
  row.vcpus === null
    ? null
    : {
        vcpus: Number(row.vcpus),
        memoryMib: Number(row.memory_mib),
        diskGib: Number(row.disk_gib),
        vms: Number(row.vms),
        snapshots: Number(row.snapshots),
        monthlyCostMicros: Number(row.monthly_cost_micros),
      };
