import type {
  BatchPlace,
  CreateVm,
  Operation,
  OperationId,
  OperationKind,
  Project,
  Size,
  Vm,
  VmId,
} from '@dcm/contracts';
import type { Principal } from '../auth/principal';
import type { GatewayConfig } from '../gateway.config';

/** Who asked for what, when: what the gateway knows before approvals has spoken. */
export interface Foretelling {
  readonly operationId: OperationId;
  readonly vmId: VmId;
  readonly requester: string;
  /** ISO 8601. */
  readonly at: string;
  /** When the request is sent again unless it is confirmed, ISO 8601. */
  readonly resendAt: string;
  /** The operation whose request this one repeats. */
  readonly resubmits?: OperationId | undefined;
  /** It is one of several of one request. */
  readonly batch?: BatchPlace;
}

/** @param timing after how long the request is sent again. */
export function foretell(
  { name: requester }: Pick<Principal, 'name'>,
  timing: Pick<GatewayConfig, 'DCM_RESEND_MS'>,
  ids: Pick<Foretelling, 'operationId' | 'vmId' | 'resubmits'>,
): Foretelling {
  const now = Date.now();
  const resendAt = new Date(now + timing.DCM_RESEND_MS).toISOString();
  return { ...ids, requester, at: new Date(now).toISOString(), resendAt };
}

const dayMs = 24 * 60 * 60 * 1000;

/** Approvals sets the true deadline when it accepts; until then a day is shown. */
const deadlineAfter = (at: string): string => new Date(Date.parse(at) + dayMs).toISOString();

/** The VM as it is shown from the 202 until the first event. Of a size that is not known here, approvals will say what it is, or that it is none. */
export const foretellVm = (body: CreateVm, project: Project, size: Size | undefined, told: Foretelling): Vm => ({
  id: told.vmId,
  tenantId: project.tenantId,
  projectId: project.id,
  site: project.site,
  platform: project.platform,
  name: body.name,
  platformName: `${body.name}-${told.vmId.slice(0, 8)}`,
  image: body.image ?? null,
  size: body.size ?? null,
  cpus: size?.cpus ?? body.cpus ?? 0,
  memoryMib: size?.memoryMib ?? body.memoryMib ?? 0,
  disks: body.disks,
  networks: body.networks.map(({ network }) => ({ network })),
  labels: body.labels,
  metadata: body.metadata,
  deletionProtection: body.deletionProtection,
  lifecycle: 'requested',
  power: 'unknown',
  presence: 'unknown',
  nativeState: null,
  nativeId: null,
  conditions: [],
  addresses: [],
  snapshots: [],
  operationId: told.operationId,
  createdAt: told.at,
  updatedAt: told.at,
  observedAt: null,
  seq: 0,
});

/** The operation as it is shown from the 202 until the first event. */
export const foretellOperation = (
  kind: OperationKind,
  place: Pick<Vm, 'tenantId' | 'projectId' | 'site'>,
  told: Foretelling,
): Operation => ({
  id: told.operationId,
  kind,
  tenantId: place.tenantId,
  projectId: place.projectId,
  vmId: told.vmId,
  site: place.site,
  state: 'accepted',
  done: false,
  percent: 0,
  step: 'accepted',
  attempt: 0,
  requester: told.requester,
  waitingFor: {
    kind: 'retry',
    detail: 'the request is being handed over',
    until: told.resendAt,
    then: 'it is sent again unless it was confirmed',
  },
  approvalId: null,
  ...(told.resubmits !== undefined && { resubmits: told.resubmits }),
  ...(told.batch !== undefined && { batch: told.batch }),
  plan: null,
  error: null,
  createdAt: told.at,
  updatedAt: told.at,
  deadlineAt: deadlineAfter(told.at),
  seq: 0,
});
