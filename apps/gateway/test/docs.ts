import {
  approvalSchema,
  imageSchema,
  operationSchema,
  policyRuleSchema,
  projectSchema,
  publisherSchema,
  quotaSchema,
  rateSchema,
  siteSchema,
  sizeSchema,
  tenantSchema,
  vmSchema,
  snapshotSchema,
  type EventNoun,
  type Snapshot,
} from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import type { DocOf } from '../src/resources/resource';

/** Builders of documents with defaults; `seq` is overwritten by the journal. */
type Change<N extends EventNoun> = { [K in keyof DocOf<N>]?: unknown };

const at = '2026-01-02T03:04:05.678Z';

export const aTenant = (change: Change<'tenant'> = {}): DocOf<'tenant'> =>
  tenantSchema.parse({ id: newId(), name: 'Acme', createdAt: at, seq: 1, ...change });

export const aProject = (change: Change<'project'> = {}): DocOf<'project'> =>
  projectSchema.parse({
    id: newId(),
    tenantId: newId(),
    name: 'web',
    site: 'vsphere-demo',
    platform: 'vsphere',
    policy: {},
    createdAt: at,
    seq: 1,
    ...change,
  });

export const aSite = (change: Change<'site'> = {}): DocOf<'site'> =>
  siteSchema.parse({
    name: 'vsphere-demo',
    platform: 'vsphere',
    state: 'online',
    maxConcurrent: 8,
    description: null,
    sealingKey: null,
    announcedAt: null,
    pausedUntil: null,
    pauseReason: null,
    scan: null,
    createdAt: at,
    seq: 1,
    ...change,
  });

export const aSize = (change: Change<'size'> = {}): DocOf<'size'> =>
  sizeSchema.parse({ name: 'small', cpus: 2, memoryMib: 2048, seq: 1, ...change });

export const anImage = (change: Change<'image'> = {}): DocOf<'image'> =>
  imageSchema.parse({
    id: newId(),
    name: 'debian-12',
    templates: { 'vsphere-demo': 'tpl' },
    createdAt: at,
    seq: 1,
    ...change,
  });

export const aRate = (change: Change<'rate'> = {}): DocOf<'rate'> =>
  rateSchema.parse({
    id: newId(),
    scope: {},
    currency: 'EUR',
    vcpuHourMicros: 20_000,
    memoryGibHourMicros: 5_000,
    diskGibHourMicros: 100,
    validFrom: at,
    createdAt: at,
    seq: 1,
    ...change,
  });

export const aPublisher = (change: Change<'publisher'> = {}): DocOf<'publisher'> =>
  publisherSchema.parse({ userId: 'erp', tenantId: null, relay: false, createdAt: at, seq: 1, ...change });

const nothing = { vcpus: 0, memoryMib: 0, diskGib: 0, vms: 0 };

export const aQuota = (change: Change<'quota'> = {}): DocOf<'quota'> =>
  quotaSchema.parse({
    id: newId(),
    scope: 'project',
    tenantId: newId(),
    limits: {},
    held: nothing,
    used: nothing,
    seq: 1,
    ...change,
  });

export const aPolicy = (change: Change<'policy'> = {}): DocOf<'policy'> =>
  policyRuleSchema.parse({
    id: newId(),
    tenantId: newId(),
    projectId: null,
    name: 'all',
    order: 100,
    enabled: true,
    operations: ['vm.create'],
    when: 'true',
    effect: { kind: 'approve' },
    createdAt: at,
    seq: 1,
    ...change,
  });

export const aVm = (change: Change<'vm'> = {}): DocOf<'vm'> =>
  vmSchema.parse({
    id: newId(),
    tenantId: newId(),
    projectId: newId(),
    site: 'vsphere-demo',
    platform: 'vsphere',
    name: 'web-01',
    platformName: 'web-01-00000000',
    image: 'debian-12',
    size: null,
    cpus: 2,
    memoryMib: 2048,
    disks: [],
    networks: [],
    labels: {},
    metadata: {},
    deletionProtection: false,
    lifecycle: 'active',
    power: 'on',
    presence: 'present',
    nativeState: 'poweredOn',
    nativeId: 'vm-1',
    conditions: [],
    addresses: [],
    snapshots: [],
    operationId: newId(),
    createdAt: at,
    updatedAt: at,
    observedAt: at,
    seq: 1,
    ...change,
  });

export const aSnapshot = (change: Partial<Record<keyof Snapshot, unknown>> = {}): Snapshot =>
  snapshotSchema.parse({
    id: newId(),
    name: 'before',
    platformName: 'before-00000000',
    description: '',
    memory: false,
    isCurrent: true,
    createdAt: at,
    ...change,
  });

export const anOperation = (change: Change<'operation'> = {}): DocOf<'operation'> =>
  operationSchema.parse({
    id: newId(),
    kind: 'vm.create',
    tenantId: newId(),
    projectId: newId(),
    vmId: newId(),
    site: 'vsphere-demo',
    state: 'accepted',
    done: false,
    percent: 0,
    step: 'accepted',
    attempt: 0,
    requester: 'dev',
    waitingFor: null,
    approvalId: null,
    plan: null,
    error: null,
    createdAt: at,
    updatedAt: at,
    deadlineAt: at,
    seq: 1,
    ...change,
  });

export const anApproval = (change: Change<'approval'> = {}): DocOf<'approval'> =>
  approvalSchema.parse({
    id: newId(),
    operationId: newId(),
    tenantId: newId(),
    projectId: newId(),
    vmId: newId(),
    state: 'pending',
    reason: 'over the threshold',
    requester: 'dev',
    plan: {
      hash: 'h',
      site: 'vsphere-demo',
      platform: 'vsphere',
      image: null,
      amounts: nothing,
      losses: [],
      price: null,
      warnings: [],
    },
    expiresAt: at,
    onExpiry: 'reject',
    decision: null,
    createdAt: at,
    seq: 1,
    ...change,
  });
