import { DcmError, type DcmErrorBody, type OperationId } from '@dcm/contracts';
import { togetherWith } from './batch.policy';
import type { Change } from './change';
import { end } from './ending.policy';
import { isClaimed, type OperationRecord, type Stop } from './operation.entity';
import { after } from './timing';
import { waitFor } from './waiting.mapper';

const cancelled = (change: Change, id: OperationId, by: string): DcmErrorBody => ({
  code: 'CANCELLED',
  message: `${wholeOf(change, id)} was cancelled by ${by}`,
});

/** What ends with an operation: itself, or the whole request while that is not decided. */
function wholeOf(change: Change, id: OperationId): string {
  const count = togetherWith(change, id).length;
  return count === 1 ? 'The operation' : `The request for ${count} VMs`;
}

/**
 * Cancels an operation: at once when no worker holds it, else its worker is told to stop and what it reports decides. One of several that are not
 * decided yet takes the others with it: nobody may sign for other VMs than will be made.
 * @throws DcmError CONFLICT when it has ended otherwise.
 */
export function cancel(change: Change, id: OperationId, by: string): void {
  const { doc } = change.operation(id);
  if (doc.state === 'cancelled') return;
  if (doc.done) {
    throw new DcmError('CONFLICT', `Unable to cancel operation ${id}: it is ${doc.state} already`);
  }
  stop(change, id, { state: 'cancelled', error: cancelled(change, id, by) }, by);
}

/** Ends an operation as soon as that is safe. */
export function stop(change: Change, id: OperationId, how: Stop, actor = 'system'): void {
  const operation = change.operation(id);
  if (!isClaimed(operation)) {
    end(change, id, { ...how, actor });
    return;
  }
  if (operation.stop !== null) return;
  const until = after(operation.leaseUntil ?? change.now, change.scene.timing.callTimeoutMs);
  const waitingFor = waitFor.stop(change.site.name, until);
  change.move(id, 'stopping', { doc: { waitingFor }, work: { stop: how } }, actor);
}

/**
 * Makes way for a delete: what has not begun ends at once; what runs is told to stop and gives up its place.
 * @returns the operation that the delete has to wait for, if any can still act.
 */
export function makeWay(change: Change, other: OperationRecord, by: string): OperationRecord | undefined {
  const { id } = other.doc;
  const whole =
    togetherWith(change, id).length === 1 ? 'the operation' : `the request that VM ${change.vm.doc.name} is of`;
  const error: DcmErrorBody = { code: 'CANCELLED', message: `A delete of the VM by ${by} ended ${whole}` };
  stop(change, id, { state: 'cancelled', error }, by);
  if (change.operation(id).doc.done) return undefined;
  change.note(id, { holdsVm: false });
  return change.operation(id);
}
