import { HypervisorError, type Effect, type HypervisorReason } from '@dcm/contracts';
import { ReferenceFault } from './reference-fault';

const reasons: Readonly<Record<ReferenceFault['kind'], HypervisorReason>> = {
  InvalidLogin: 'INVALID_CREDENTIALS',
  NotAuthenticated: 'SESSION_EXPIRED',
  InvalidArgument: 'INVALID_SPEC',
  NotFound: 'VM_NOT_FOUND',
  DuplicateName: 'NAME_CONFLICT',
  InvalidPowerState: 'INVALID_POWER_STATE',
  ToolsUnavailable: 'GUEST_TOOLS_MISSING',
  TaskInProgress: 'TASK_IN_PROGRESS',
  NoSuchSnapshot: 'SNAPSHOT_NOT_FOUND',
  NoPermission: 'MISSING_PRIVILEGE',
  Untrusted: 'TLS_UNTRUSTED',
  Refused: 'SITE_UNREACHABLE',
  Unavailable: 'SITE_OVERLOADED',
  ConnectionLost: 'SITE_UNREACHABLE',
  Timeout: 'CALL_TIMEOUT',
  Aborted: 'CANCELLED',
};

/** Faults after which nobody knows whether the call took effect. */
const silent: ReadonlySet<ReferenceFault['kind']> = new Set(['ConnectionLost', 'Timeout', 'Aborted']);

export const isFault = (error: unknown, kind: ReferenceFault['kind']): error is ReferenceFault =>
  error instanceof ReferenceFault && error.kind === kind;

/** Whether the call may have taken effect although it was not answered. */
export const isSilence = (error: unknown): boolean => error instanceof ReferenceFault && silent.has(error.kind);

/** Maps a fault; anything else stays what it is. `effect` is what is known of the whole operation's effect. */
export function toHypervisorError(error: unknown, action: string, effect: Effect): Error {
  if (!(error instanceof ReferenceFault)) return error instanceof Error ? error : new Error(String(error));
  return new HypervisorError(reasons[error.kind], `Unable to ${action} on the reference hypervisor: ${error.message}`, {
    effect,
    native: error.kind,
    cause: error,
  });
}

/** The effect of one mutating call that failed: silence proves nothing, an answer proves that nothing was done. */
export const effectOf = (error: unknown): Effect => (isSilence(error) ? 'UNKNOWN' : 'NONE');

/** A look that fails has no effect of its own; of an operation whose VM exists already it would be a lie. */
export function notWithoutEffect(error: unknown): Error {
  if (!(error instanceof HypervisorError)) return error instanceof Error ? error : new Error(String(error));
  if (error.effect !== 'NONE') return error;
  const { reason, message, native } = error;
  return new HypervisorError(reason, message, {
    effect: 'PARTIAL',
    cause: error,
    ...(native === null ? {} : { native }),
  });
}
