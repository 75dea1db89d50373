import type { DcmErrorBody, PlanSummary, PowerAction, Vm } from '@dcm/contracts';
import { beginOperation, placeOf, type OperationOrder } from '../operations/begin.mapper';
import type { Change } from '../operations/change';
import { deleteRefusal, firstChance } from '../operations/delete.policy';
import { forgetVm, isGone, succeed } from '../operations/ending.policy';
import type { OperationRecord } from '../operations/operation.entity';
import { makeWay } from '../operations/stop.policy';
import { waitFor } from '../operations/waiting.mapper';
import { refuse } from './create.policy';

/** Why something cannot be done to the VM, in words for people. */
export const unable = (
  { vm }: { readonly vm: { readonly doc: Pick<Vm, 'name'> } },
  ...[what, code, cause]: [what: string, code: DcmErrorBody['code'], cause: string]
): DcmErrorBody => ({ code, message: `Unable to ${what} VM ${vm.doc.name}: ${cause}` });

const busy = (change: Change, what: string, { doc }: OperationRecord): DcmErrorBody =>
  unable(change, what, 'OPERATION_IN_PROGRESS', `operation ${doc.id} (${doc.kind}) is changing it`);

const holderOf = (change: Change): OperationRecord | undefined => change.open.find((operation) => operation.holdsVm);

/**
 * Refuses a request that was asked of an earlier state of the VM. The VM's row is locked meanwhile, so nothing can come in between.
 * @returns whether it was refused.
 */
export function refuseIfMoved(change: Change, order: OperationOrder): boolean {
  const { doc } = change.vm;
  if (order.expectedSeq === undefined || order.expectedSeq === doc.seq) return false;
  const cause = `it is at ${doc.seq}, not at ${order.expectedSeq}`;
  const details = [{ pointer: '/expectedSeq', message: cause }];
  refuse(change, order, placeOf(doc), { ...unable(change, 'change', 'PRECONDITION_FAILED', cause), details });
  return true;
}

/** Takes in a power request: it needs no plan and no quota. */
export function askPower(change: Change, order: OperationOrder & { readonly power: PowerAction }): void {
  const refusal = activeRefusal(change, 'switch');
  if (refusal !== null) refuse(change, order, placeOf(change.vm.doc), refusal);
  else enqueue(change, order);
}

function activeRefusal(change: Change, what: string): DcmErrorBody | null {
  const holder = holderOf(change);
  const { lifecycle } = change.vm.doc;
  if (holder !== undefined) return busy(change, what, holder);
  return lifecycle === 'active' ? null : unable(change, what, 'CONFLICT', `it is ${lifecycle}, not active`);
}

/** Why a VM is not to be changed now: it is not active, something else is at work on it, or nobody knows yet what the last change left. */
export function refusalOfChange(change: Change, what: string): DcmErrorBody | null {
  const refusal = activeRefusal(change, what);
  if (refusal !== null || change.vm.doubt === null) return refusal;
  const cause = 'an earlier operation ended unknown, and the site is still asked what it left';
  return unable(change, what, 'CONFLICT', cause);
}

/**
 * Takes in a delete. It pre-empts every other operation: one that has not begun is cancelled, one at work is told to stop and
 * waited for. A VM of which nothing is left is deleted at once.
 */
export function askDelete(change: Change, order: OperationOrder): void {
  const holder = holderOf(change);
  const refusal = deleteRefusal(change);
  if (refusal !== null) {
    refuse(change, order, placeOf(change.vm.doc), refusal);
    return;
  }
  const other = holder === undefined ? undefined : makeWay(change, holder, order.requester);
  if (isGone(change.vm)) deleteAtOnce(change, order);
  else if (other === undefined) enqueue(change, order);
  else enqueueBehind(change, order, other);
}

function deleteAtOnce(change: Change, order: OperationOrder): void {
  change.begin(beginOperation(order, placeOf(change.vm.doc), change.scene), order.requester);
  if (change.vm.doc.lifecycle !== 'deleted') forgetVm(change);
  succeed(change, order.id);
}

/** Begins work that needs nobody's word. */
export function enqueue(change: Change, order: OperationOrder, plan: PlanSummary | null = null): void {
  const begun = beginOperation(order, placeOf(change.vm.doc), change.scene);
  const waitingFor = waitFor.capacity(change.site.name, new Date(begun.doc.deadlineAt));
  const doc = { ...begun.doc, state: 'queued', step: 'queued', plan, waitingFor } as const;
  change.begin({ ...begun, doc, nextAt: firstChance(change) }, order.requester);
  follow(change, order);
}

function enqueueBehind(change: Change, order: OperationOrder, other: OperationRecord): void {
  const begun = beginOperation(order, placeOf(change.vm.doc), change.scene);
  const waitingFor = waitFor.operation(other.doc, new Date(begun.doc.deadlineAt));
  const doc = { ...begun.doc, state: 'queued', step: 'queued', waitingFor } as const;
  change.begin({ ...begun, doc, nextAt: null }, order.requester);
  follow(change, order);
}

/** The VM names the operation that changes it. */
export const follow = (change: Change, { id, requester }: OperationOrder): void => {
  change.tellVm('operation-accepted', { operationId: id }, {}, requester);
};
