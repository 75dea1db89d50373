import type { DcmErrorBody, OperationId } from '@dcm/contracts';
import type { Change } from './change';
import { end, forgetVm, isGone, succeed } from './ending.policy';
import { makeWay } from './stop.policy';
import { after, latest } from './timing';
import { waitFor } from './waiting.mapper';

/** A VM is not touched while an attempt of what has ended may act, nor before it is looked for the first time after that. */
export const firstChance = ({ now, vm }: Change): Date => {
  const { settle } = vm.looks;
  return latest(now, vm.quietAt, settle?.requestId === null ? settle.dueAt : null);
};

/** Why a VM is not to be deleted: another delete is under way or put before people, or it is protected. @param id of the delete itself, once there is one */
export function deleteRefusal({ vm, open }: Change, id?: OperationId): DcmErrorBody | null {
  const { name, deletionProtection, lifecycle } = vm.doc;
  const unable = (code: DcmErrorBody['code'], cause: string): DcmErrorBody => ({
    code,
    message: `Unable to delete VM ${name}: ${cause}`,
  });
  const other = open.find(({ doc }) => doc.kind === 'vm.delete' && doc.id !== id);
  if (other !== undefined) {
    return unable('OPERATION_IN_PROGRESS', `operation ${other.doc.id} (${other.doc.kind}) is changing it`);
  }
  const isProtected = deletionProtection && lifecycle !== 'failed' && lifecycle !== 'deleted';
  return isProtected ? unable('DELETION_PROTECTED', 'it is protected against deletion') : null;
}

/**
 * Goes on with a delete that people have approved, as one does that needs nobody's word: it pre-empts whatever is at work on the VM now. What
 * has come in between counts: a VM that has been protected meanwhile stays, and one of which nothing is left is deleted at once.
 */
export function releaseDelete(change: Change, id: OperationId, by: string): void {
  const refusal = deleteRefusal(change, id);
  if (refusal !== null) {
    end(change, id, { state: 'failed', error: refusal, actor: by });
    return;
  }
  const holder = change.open.find(({ holdsVm }) => holdsVm);
  const other = holder === undefined ? undefined : makeWay(change, holder, by);
  const deadline = after(change.now, change.scene.timing.deadlineMs);
  const waitingFor =
    other === undefined ? waitFor.capacity(change.site.name, deadline) : waitFor.operation(other.doc, deadline);
  const doc = { state: 'queued', step: 'queued', waitingFor, deadlineAt: deadline.toISOString() } as const;
  const nextAt = other === undefined ? firstChance(change) : null;
  change.move(id, 'approved', { doc, work: { holdsVm: true, nextAt } }, by);
  if (!isGone(change.vm)) {
    change.tellVm('operation-accepted', { operationId: id }, {}, change.operation(id).doc.requester);
    return;
  }
  if (change.vm.doc.lifecycle !== 'deleted') forgetVm(change);
  succeed(change, id);
}
