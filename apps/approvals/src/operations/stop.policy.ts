import { DcmError, type DcmErrorBody, type OperationId } from '@dcm/contracts';
import type { Change } from './change';
import { end } from './ending.policy';
import { isClaimed, type OperationRecord, type Stop } from './operation.entity';
import { after } from './timing';
import { waitFor } from './waiting.mapper';

const cancelled = (by: string): DcmErrorBody => ({
  code: 'CANCELLED',
  message: `The operation was cancelled by ${by}`,
});

/**
 * Cancels an operation: at once when no worker holds it, else its worker is told to stop and what it reports decides.
 * @throws DcmError CONFLICT when it has ended otherwise.
 */
export function cancel(change: Change, id: OperationId, by: string): void {
  const { doc } = change.operation(id);
  if (doc.state === 'cancelled') return;
  if (doc.done) {
    throw new DcmError('CONFLICT', `Unable to cancel operation ${id}: it is ${doc.state} already`);
  }
  stop(change, id, { state: 'cancelled', error: cancelled(by) }, by);
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
  const error: DcmErrorBody = { code: 'CANCELLED', message: `A delete of the VM by ${by} ended the operation` };
  stop(change, id, { state: 'cancelled', error }, by);
  if (change.operation(id).doc.done) return undefined;
  change.note(id, { holdsVm: false });
  return change.operation(id);
}
