import {
  noAmount,
  operationIdSchema,
  reasonTable,
  vmIdSchema,
  type Approval,
  type Effect,
  type HypervisorErrorBody,
  type HypervisorReason,
  type Operation,
  type OperationId,
  type Plan,
  type ProjectId,
  type SiteName,
  type TenantId,
  type Vm,
  type VmSpec,
  type VmStatus,
} from '@dcm/contracts';
import { operationIdOf, vmIdOf } from '@dcm/runtime';
import { beginOperation, placeOf } from '../src/operations/begin.mapper';
import { Change } from '../src/operations/change';
import type { OperationRecord } from '../src/operations/operation.entity';
import type { Scene, SiteGate } from '../src/operations/scene';
import type { Timing } from '../src/operations/timing';
import type { VmRecord } from '../src/operations/vm.entity';

/** The database's clock of every scene. */
export const now = new Date('2026-01-01T12:00:00.000Z');
export const inMs = (ms: number): Date => new Date(now.getTime() + ms);

export const timing: Timing = {
  leaseMs: 45_000,
  callTimeoutMs: 60_000,
  planTimeoutMs: 60_000,
  planFreshMs: 900_000,
  deadlineMs: 3_600_000,
  dispatchTimeoutMs: 60_000,
  maxAttempts: 5,
  retryBaseMs: 2_000,
  lateEffectWindowMs: 120_000,
  sweepMs: 1_000,
};

export const tenantId = '0198aaaa-0000-7000-8000-000000000001' as TenantId;
export const projectId = '0198aaaa-0000-7000-8000-000000000002' as ProjectId;
export const createId: OperationId = operationIdOf('test', 'create');
export const vmId = vmIdSchema.parse(vmIdOf(createId));

export const aSpec = (fields: Partial<VmSpec> = {}): VmSpec => ({
  name: 'web-01',
  platformName: `web-01-${vmId.slice(0, 8)}`,
  image: { name: 'debian-12', source: 'tpl' },
  cpus: 2,
  memoryMib: 2048,
  disks: [{ sizeGib: 10 }],
  networks: [],
  poweredOn: true,
  labels: {},
  metadata: {},
  guest: { hostname: null, sshKeys: [], userData: null },
  ...fields,
});

export const aPlan = (fields: Partial<Plan> = {}): Plan => ({
  diagnostics: [],
  losses: [],
  image: { name: 'debian-12', nativeId: 'vm-7', version: '1' },
  networks: [],
  diskGib: 10,
  scope: {},
  hints: {},
  ...fields,
});

export const aVmDoc = (fields: Partial<Vm> = {}): Vm => ({
  id: vmId,
  tenantId,
  projectId,
  site: 'pve-lab' as SiteName,
  platform: 'proxmox' as Vm['platform'],
  name: 'web-01',
  platformName: `web-01-${vmId.slice(0, 8)}`,
  image: 'debian-12',
  size: 's',
  cpus: 2,
  memoryMib: 2048,
  disks: [{ sizeGib: 10 }],
  networks: [],
  labels: {},
  metadata: {},
  deletionProtection: false,
  lifecycle: 'requested',
  power: 'unknown',
  presence: 'unknown',
  nativeState: null,
  nativeId: null,
  conditions: [],
  addresses: [],
  snapshots: [],
  operationId: createId,
  createdAt: now.toISOString(),
  updatedAt: now.toISOString(),
  observedAt: null,
  seq: 1,
  ...fields,
});

export const aVm = (doc: Partial<Vm> = {}, fields: Partial<Omit<VmRecord, 'doc'>> = {}): VmRecord => ({
  doc: aVmDoc(doc),
  instanceNumber: 7,
  spec: aSpec(),
  plan: aPlan(),
  planPrice: null,
  plannedAt: now,
  nativeIds: [],
  holdsName: true,
  isSettled: true,
  absentAt: null,
  quietAt: null,
  doubt: null,
  snapshotMemory: {},
  looks: {},
  batchId: null,
  ...fields,
});

/** A create that is queued, unless told otherwise. */
export const anOperation = (
  doc: Partial<Operation> = {},
  fields: Partial<Omit<OperationRecord, 'doc'>> = {},
): OperationRecord => {
  const order = {
    id: createId,
    kind: 'vm.create',
    tenantId,
    requester: 'dave',
    payloadSha256: 'h',
    traceparent: null,
  } as const;
  const begun = beginOperation(order, placeOf(aVmDoc()), { now, timing });
  const queued = { state: 'queued', step: 'queued', seq: 1 } as const;
  const merged = { ...begun.doc, ...queued, ...doc };
  const isFinalState = ['succeeded', 'failed', 'rejected', 'cancelled', 'expired'].includes(merged.state);
  return { ...begun, nextAt: now, holdsVm: !isFinalState, ...fields, doc: { ...merged, done: isFinalState } };
};

/** Attempt 1 of a create, claimed by worker w. */
export const aRunning = (
  doc: Partial<Operation> = {},
  fields: Partial<Omit<OperationRecord, 'doc'>> = {},
): OperationRecord =>
  anOperation(
    { state: 'running', attempt: 1, step: 'started', ...doc },
    { nextAt: null, sends: 1, worker: 'w', leaseUntil: inMs(45_000), ...fields },
  );

export const idOf = (name: string): OperationId => operationIdSchema.parse(operationIdOf('test', name));

export const aSite = (fields: Partial<SiteGate> = {}): SiteGate => ({
  name: 'pve-lab' as SiteName,
  platform: 'proxmox' as SiteGate['platform'],
  publisher: 'dcm',
  isAnnounced: true,
  looksAtOnce: 1,
  pausedUntil: null,
  pauses: 0,
  ...fields,
});

export const aScene = (fields: Partial<Scene> = {}): Scene => ({
  now,
  timing,
  installation: 'inst',
  vm: aVm(),
  site: aSite(),
  operations: [anOperation()],
  approvals: [],
  policy: { approvalTtlHours: 72, onExpiry: 'reject' },
  amounts: { ...noAmount, vcpus: 2, memoryMib: 2048, diskGib: 10, vms: 1 },
  ...fields,
});

export const aChange = (fields: Partial<Scene> = {}): Change => new Change(aScene(fields));

export const anApproval = (fields: Partial<Approval> = {}): Approval => ({
  id: '0198aaaa-0000-7000-8000-0000000000aa' as Approval['id'],
  operationId: createId,
  tenantId,
  projectId,
  vmId,
  state: 'pending',
  reason: 'big',
  requester: 'dave',
  plan: {
    hash: 'h1',
    site: 'pve-lab',
    platform: 'proxmox',
    image: null,
    networks: [],
    scope: {},
    amounts: { vcpus: 2, memoryMib: 2048, diskGib: 10, vms: 1 },
    price: null,
    losses: [],
    warnings: [],
    quota: [],
    approval: null,
  },
  expiresAt: inMs(60_000).toISOString(),
  onExpiry: 'reject',
  levels: [],
  level: 0,
  decisions: [],
  decision: null,
  supersedes: null,
  raises: null,
  error: null,
  createdAt: now.toISOString(),
  seq: 1,
  ...fields,
});

export const aStatus = (fields: Partial<VmStatus> = {}): VmStatus => ({
  nativeId: '107',
  name: 'web-01',
  ownership: null,
  complete: true,
  power: 'on',
  nativeState: 'running',
  cpus: 2,
  memoryMib: 2048,
  disks: [{ sizeGib: 10 }],
  addresses: [],
  guestTools: 'unknown',
  bootedAt: null,
  changeVersion: null,
  observedAt: now.toISOString(),
  ...fields,
});

/** A hypervisor's error, with what follows from its reason. */
export const anError = (
  reason: HypervisorReason,
  effect: Effect = 'NONE',
  fields: Partial<HypervisorErrorBody> = {},
): HypervisorErrorBody => {
  const { code, retryable, countsAsAttempt } = reasonTable[reason];
  return { code, reason, message: `it is ${reason}`, retryable, effect, countsAsAttempt, native: null, ...fields };
};

const attemptOf = (attempt: number): { operationId: OperationId; attempt: number; instanceId: Vm['id'] } => ({
  operationId: createId,
  attempt,
  instanceId: vmId,
});
const witness = { site: 'pve-lab' as SiteName, platform: 'proxmox' as Vm['platform'], worker: 'w' };

export const aSuccess = (
  fields: {
    attempt?: number;
    outcome?: 'created' | 'adopted' | 'changed' | 'deleted' | 'absent';
    status?: VmStatus | null;
  } = {},
): Parameters<typeof import('../src/operations/outcome.policy').attemptSucceeded>[2] => ({
  ...witness,
  ...attemptOf(fields.attempt ?? 1),
  status: fields.status === undefined ? aStatus() : fields.status,
  outcome: fields.outcome ?? 'created',
});

export const aFailure = (
  error: HypervisorErrorBody,
  attempt = 1,
): Parameters<typeof import('../src/operations/outcome.policy').attemptFailed>[2] => ({
  ...witness,
  ...attemptOf(attempt),
  error,
  status: null,
});

/** What a change told, in order: `operation queued`, `vm failed`. */
export const told = (change: Change): string[] => change.entries.map(({ noun, action }) => `${noun} ${action}`);
