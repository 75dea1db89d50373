import { PveRefusal, PveTaskFailure, PveTaskUnknown } from './client/pve.errors';
import { lockOf, says } from './text.errors';

/** Whether there is no such VM on the node that was asked. */
export const isNoSuchVm = (error: unknown): boolean => says(error, 'NO_SUCH_VM');

/** Whether the VMID of a new VM is taken. */
export const isIdTaken = (error: unknown): boolean => says(error, 'ID_TAKEN') || isTakenNumber(error);

/** Whether GET /cluster/nextid says that a VMID is taken: the only place that tells it of things that the account may not see. */
export const isTakenNumber = (error: unknown): boolean =>
  error instanceof PveRefusal &&
  error.status === 400 &&
  (error.fields['vmid'] ?? error.text).includes('already exists');

/**
 * Whether somebody else works on the VM or the storage, so that it is worth waiting. A VM whose memory lies on disk bears
 * its lock until it goes on.
 */
export const isBusy = (error: unknown): boolean => {
  const lock = lockOf(error);
  return says(error, 'LOCK_TIMEOUT') || (lock !== undefined && lock !== 'suspended');
};

/** Whether the VM is off. */
export const isNotRunning = (error: unknown): boolean => says(error, 'NOT_RUNNING');

/** Whether the VM was started already. */
export const isAlreadyRunning = (error: unknown): boolean => says(error, 'ALREADY_RUNNING');

/** Whether the VM cannot be removed because it runs. */
export const isStillRunning = (error: unknown): boolean => says(error, 'STILL_RUNNING');

/** Whether the guest's agent does not answer, or the VM has none, or does not run any more. */
export const isAgentSilent = (error: unknown): boolean =>
  says(error, 'AGENT_SILENT') || says(error, 'AGENT_ABSENT') || says(error, 'NOT_RUNNING');

/** Whether the guest did not go down in time. */
export const isGuestDeaf = (error: unknown): boolean => says(error, 'GUEST_DEAF');

/** Whether somebody else changed the VM's configuration since it was read. */
export const isDigestMismatch = (error: unknown): boolean => says(error, 'DIGEST_MISMATCH');

/** Whether the VM has a snapshot of that name. */
export const isSnapshotTaken = (error: unknown): boolean => says(error, 'SNAPSHOT_TAKEN');

/** Whether the VM has no snapshot of that name. */
export const isSnapshotMissing = (error: unknown): boolean => says(error, 'SNAPSHOT_MISSING');

/** Whether its node has forgotten a task, or never had it. */
export const isNoSuchTask = (error: unknown): boolean =>
  error instanceof PveRefusal && error.status === 400 && (error.fields['upid'] ?? error.text).includes('no such task');

/** Whether a task's node answers and cannot say how the task ended: its worker was killed, or it is too long ago. */
export const isForgotten = (error: unknown): boolean => error instanceof PveTaskUnknown && error.why !== 'UNSEEN';

/** pve-ha-manager: whether the HA manager has the VM already. */
export const isHaDefined = (error: unknown): boolean =>
  (error instanceof PveRefusal || error instanceof PveTaskFailure) &&
  /resource ID '[^']+' already defined/.test(error.text);
