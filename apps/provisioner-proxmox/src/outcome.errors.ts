import { PveRefusal, PveRequestError, PveTaskFailure, PveTaskUnknown, PveTransportError } from './client/pve.errors';
import { says } from './text.errors';

/**
 * Whether what failed is certain not to go on: the API refused the call, its task ended in error, or it never was carried
 * out. A task that failed may leave something of what it did before: only a look tells.
 */
export function isProvenUndone(error: unknown): boolean {
  if (error instanceof PveTransportError) return !error.mayHaveRun;
  return isRefusal(error) || error instanceof PveRequestError;
}

/** Whether there was no answer, so that only a look can tell what happened; one who withdraws does not look. */
export function isUnanswered(error: unknown): boolean {
  if (error instanceof PveTaskUnknown) return true;
  return error instanceof PveTransportError && error.mayHaveRun && error.code !== 'ABORTED';
}

/** Whether the API refused the call or the task failed. */
export function isRefusal(error: unknown): error is PveRefusal | PveTaskFailure {
  return error instanceof PveRefusal || error instanceof PveTaskFailure;
}

/** Whether a wait ended before the task did. */
export function isWaitOver(error: unknown): boolean {
  return error instanceof PveTransportError && error.code === 'TIMEOUT';
}

/** Whether one node cannot be reached, or is none of the cluster's; the call was not carried out. */
export function isNodeUnreachable(error: unknown): boolean {
  if (error instanceof PveTransportError) return error.code === 'NODE_UNREACHABLE';
  return says(error, 'NO_SUCH_NODE');
}

/** Whether the account lacks a privilege. */
export function isMissingPrivilege(error: unknown): boolean {
  return (error instanceof PveRefusal && error.status === 403) || says(error, 'ROOT_ONLY');
}

/** Whether the server does not have the call: an older release. */
export function isCallMissing(error: unknown): boolean {
  return error instanceof PveRefusal && error.status === 501;
}
