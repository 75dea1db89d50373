import type { CreateVm, OperationId, Platform, SiteName, TenantId, Vm, VmId, VmSpec } from '@dcm/contracts';
import { vmIdOf } from '@dcm/runtime';
import type { VmRecord } from '../operations/vm.entity';

/** Where a VM of a request goes. */
export interface VmPlace {
  readonly tenantId: TenantId;
  readonly site: SiteName;
  readonly platform: Platform;
  readonly now: Date;
}

/** What its names stand for: a size's figures, an image's template on the site. */
export interface ResolvedNames {
  readonly cpus: number;
  readonly memoryMib: number;
  readonly template: string | null;
}

/** Unique in its folder on the platform, and readable. */
export const platformNameOf = (name: string, vmId: VmId): string => `${name}-${vmId.replaceAll('-', '').slice(0, 8)}`;

/** What the site is asked for. @param body with its guest's secrets sealed */
export function specOf(body: CreateVm, vmId: VmId, platform: Platform, names: ResolvedNames): VmSpec {
  const { image, clone, firmware, guest } = body;
  return {
    name: body.name,
    platformName: platformNameOf(body.name, vmId),
    image: image === undefined || names.template === null ? null : { name: image, source: names.template },
    cpus: names.cpus,
    memoryMib: names.memoryMib,
    disks: body.disks,
    networks: body.networks,
    ...(clone !== undefined && { clone }),
    ...(firmware !== undefined && { firmware }),
    poweredOn: body.poweredOn,
    labels: body.labels,
    metadata: body.metadata[platform] ?? {},
    guest: {
      hostname: guest.hostname ?? null,
      sshKeys: guest.sshKeys,
      userData: guest.userData ?? null,
      adminPassword: guest.adminPassword ?? null,
      ...(guest.domain !== undefined && { domain: guest.domain }),
    },
  };
}

/** The VM as everybody sees it from now on; sequence number 0. */
export function vmDocOf(
  body: CreateVm,
  operationId: OperationId,
  place: VmPlace,
  size: Pick<ResolvedNames, 'cpus' | 'memoryMib'>,
): Vm {
  const id = vmIdOf(operationId);
  const at = place.now.toISOString();
  return {
    id,
    tenantId: place.tenantId,
    projectId: body.projectId,
    site: place.site,
    platform: place.platform,
    name: body.name,
    platformName: platformNameOf(body.name, id),
    image: body.image ?? null,
    size: body.size ?? null,
    cpus: size.cpus,
    memoryMib: size.memoryMib,
    disks: body.disks,
    networks: body.networks.map(({ network }) => ({ network })),
    labels: body.labels,
    metadata: body.metadata[place.platform] ?? {},
    deletionProtection: body.deletionProtection,
    lifecycle: 'requested',
    power: 'unknown',
    presence: 'unknown',
    nativeState: null,
    nativeId: null,
    conditions: [],
    addresses: [],
    snapshots: [],
    operationId,
    createdAt: at,
    updatedAt: at,
    observedAt: null,
    seq: 0,
  };
}

/** A VM that has just been asked for. */
export const newVm = (doc: Vm, spec: VmSpec | null, instanceNumber: number | null): VmRecord => ({
  doc,
  instanceNumber,
  spec,
  plan: null,
  planPrice: null,
  plannedAt: null,
  nativeIds: [],
  holdsName: spec !== null,
  isSettled: true,
  absentAt: null,
  quietAt: null,
  doubt: null,
  snapshotMemory: {},
  looks: {},
  batchId: null,
});
