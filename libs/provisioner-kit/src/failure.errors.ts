import { DcmError, HypervisorError, OperationYielded, type Effect, type HypervisorErrorBody } from '@dcm/contracts';

/**
 * What is said of an error that ended a call. An adapter's own error stands as it is; a request that cannot be read had no effect; of
 * anything else nothing is known and nothing is told but that it happened (its stack is for the log).
 * @param effect what an unknown error may have done.
 */
export function toFailure(error: unknown, effect: Effect): HypervisorErrorBody {
  if (error instanceof HypervisorError) return error.toBody();
  if (error instanceof DcmError && error.code === 'INVALID_REQUEST') {
    return new HypervisorError('INVALID_SPEC', error.message, { effect: 'NONE' }).toBody();
  }
  const message = 'Unable to finish on the platform: a defect in the provisioner, see its log';
  return new HypervisorError('PLATFORM_ERROR', message, { effect, native: nameOf(error) }).toBody();
}

/** Whether the error is a defect, whose stack belongs in the log. */
export const isDefect = (error: unknown): boolean =>
  !(error instanceof HypervisorError) && !(error instanceof DcmError && error.code === 'INVALID_REQUEST');

/**
 * Why a call ended that was told to stop. What an adapter throws then may be anything, or CANCELLED because it cannot know better; the
 * signal's reason is the better one. The adapter's word on the effect stands, unless it is NONE and a change was allowed before the stop.
 */
export function causeOf(error: unknown, { aborted, reason }: AbortSignal): unknown {
  if (!aborted || !(reason instanceof HypervisorError)) return error;
  if (error instanceof OperationYielded) return error;
  if (isDefect(error)) return reason;
  if (!(error instanceof HypervisorError) || error.reason !== 'CANCELLED') return error;
  const effect = error.effect === 'NONE' ? reason.effect : error.effect;
  return new HypervisorError(reason.reason, reason.message, { effect, cause: error });
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
