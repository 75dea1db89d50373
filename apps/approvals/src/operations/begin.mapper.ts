import type {
  BatchPlace,
  Operation,
  OperationId,
  OperationKind,
  PowerAction,
  ProjectId,
  TenantId,
  Vm,
  VmId,
} from '@dcm/contracts';
import type { Goal } from './goal.entity';
import { freshWork, type OperationRecord } from './operation.entity';
import { after, type Timing } from './timing';

/** A request that was understood: what an operation is made from. */
export interface OperationOrder {
  readonly id: OperationId;
  readonly kind: OperationKind;
  readonly tenantId: TenantId;
  readonly requester: string;
  readonly payloadSha256: string;
  readonly traceparent: string | null;
  readonly power?: PowerAction;
  /** The sequence number that the VM must still be at when the request is decided upon. */
  readonly expectedSeq?: number | undefined;
  readonly goal?: Goal;
  /** The operation whose request this one repeats. */
  readonly resubmits?: OperationId | undefined;
  /** It is one of several of one request. */
  readonly batch?: BatchPlace;
}

/** Where the operation acts; null where the request names nothing that exists. */
export interface OperationPlace {
  readonly projectId: ProjectId | null;
  readonly vmId: VmId | null;
  readonly site: Operation['site'];
}

export const placeOf = (vm: Vm): OperationPlace => ({ projectId: vm.projectId, vmId: vm.id, site: vm.site });

/** The record of an operation that has just been accepted, with sequence number 0. */
export function beginOperation(
  order: OperationOrder,
  place: OperationPlace,
  { now, timing }: { readonly now: Date; readonly timing: Pick<Timing, 'deadlineMs'> },
): OperationRecord {
  const at = now.toISOString();
  const doc: Operation = {
    id: order.id,
    kind: order.kind,
    tenantId: order.tenantId,
    ...place,
    state: 'accepted',
    done: false,
    percent: 0,
    step: 'accepted',
    attempt: 0,
    requester: order.requester,
    waitingFor: null,
    approvalId: null,
    ...(order.resubmits !== undefined && { resubmits: order.resubmits }),
    ...(order.batch !== undefined && { batch: order.batch }),
    plan: null,
    error: null,
    createdAt: at,
    updatedAt: at,
    deadlineAt: after(now, timing.deadlineMs).toISOString(),
    seq: 0,
  };
  const { payloadSha256, traceparent } = order;
  return { doc, payloadSha256, power: order.power ?? null, goal: order.goal ?? null, traceparent, ...freshWork };
}
