import { DcmError, HypervisorError, OperationYielded, type Effect, type HypervisorReason } from '@dcm/contracts';
import { BatchError, PowerShellError } from './powershell/powershell.errors';
import { LOCKED, NOT_FOUND, VMM_CODES, WRONG_STATES } from './vmm.codes';
import { isWsmanError, WsmanError, type WsmanErrorCode } from './wsman';

/** What was being done when an error came, for its wording and its effect. */
export interface ErrorPlace {
  /** Begins with a verb, such as `create VM web-01`. */
  readonly action: string;
  readonly site: string;
  /** What has become of the hypervisor so far, as far as it is known. */
  readonly effect: Effect;
  /** Why the caller withdrew, when it did. */
  readonly signal?: AbortSignal;
}

/** A refusal of our own; the adapter's door adds action and place. */
export class Refused extends Error {
  override readonly name = 'Refused';

  /** @param cause for people, such as `its disk never shrinks` @param effect where it is not the one reached so far */
  constructor(
    readonly reason: HypervisorReason,
    cause: string,
    readonly effect?: Effect,
  ) {
    super(cause);
  }
}

/** A job of VMM that ended without success. */
export class JobError extends Error {
  override readonly name = 'JobError';

  constructor(
    readonly job: string,
    /** The number of the error; 0 when VMM names none. */
    readonly code: number,
    /** For people; localized. */
    text: string,
  ) {
    super(text);
  }
}

/** A wait for a job that was not over in time. */
export class WaitOver extends Error {
  override readonly name = 'WaitOver';
}

const TRANSPORT: Readonly<Partial<Record<WsmanErrorCode, HypervisorReason>>> = {
  TLS_REFUSED: 'TLS_UNTRUSTED',
  CREDENTIALS_REFUSED: 'INVALID_CREDENTIALS',
  AUTHENTICATION_UNAVAILABLE: 'INVALID_CREDENTIALS',
  ACCESS_DENIED: 'MISSING_PRIVILEGE',
  QUOTA: 'SITE_OVERLOADED',
  HTTP_STATUS: 'SITE_OVERLOADED',
  INVALID_OPTION: 'INVALID_SPEC',
};

/** HTTP status by which a server or a proxy before it says that it has too much to do. */
const OVERLOADED = new Set([429, 503]);

/** Turns whatever was thrown into the port's error. A yield, and what the operation's context throws, pass unchanged. */
export function toPortError(error: unknown, place: ErrorPlace): Error {
  if (error instanceof OperationYielded || error instanceof HypervisorError) return error;
  if (error instanceof Refused) {
    return make(error.reason, error.message, { ...place, effect: error.effect ?? place.effect });
  }
  return fromVmm(error, place) ?? fromTransit(error, place) ?? fromOther(error, place);
}

/** VMM, or the dispatcher before it, has refused. */
function fromVmm(error: unknown, place: ErrorPlace): HypervisorError | undefined {
  if (error instanceof BatchError) return fromBatch(error, place);
  if (!(error instanceof JobError)) return undefined;
  return make(reasonOf(error.code), error.message, place, nativeOf(error.code));
}

/** No answer of VMM came. */
function fromTransit(error: unknown, place: ErrorPlace): HypervisorError | undefined {
  if (error instanceof WaitOver) return make('CALL_TIMEOUT', error.message, place);
  if (error instanceof PowerShellError) return fromProcess(error, place);
  return error instanceof WsmanError ? fromTransport(error, place) : undefined;
}

function fromOther(error: unknown, place: ErrorPlace): HypervisorError {
  if (error instanceof DcmError) return make('PLATFORM_ERROR', error.message, place, error.code, error);
  return make('PLATFORM_ERROR', error instanceof Error ? error.message : String(error), place, undefined, error);
}

const reasonOf = (code: number | null): HypervisorReason => VMM_CODES.get(code ?? 0) ?? 'PLATFORM_ERROR';
const nativeOf = (code: number | null): string | undefined => (code === null || code === 0 ? undefined : `VMM ${code}`);

function fromBatch(error: BatchError, place: ErrorPlace): HypervisorError {
  if (error.refusal === 'LOCK_TIMEOUT') {
    return make('STILL_CREATING', 'another worker is creating the same VM', place, 'LOCK_TIMEOUT');
  }
  if (error.refusal === 'FILE_REFUSED') return make('STORAGE_NOT_FOUND', error.failure.text, place, 'FILE_REFUSED');
  const native = nativeOf(error.code) ?? (error.failure.fullId || undefined);
  return make(reasonOf(error.code), error.message, place, native);
}

function fromProcess(error: PowerShellError, place: ErrorPlace): HypervisorError {
  if (error.code === 'ABORTED' || isAborted(error.cause)) return fromAbort(place, error.code);
  if (error.code === 'DEADLINE') return make('CALL_TIMEOUT', error.message, place, error.code);
  const cause = rootOf(error);
  if (cause instanceof BatchError) return fromBatch(cause, place);
  if (cause instanceof WsmanError) return fromTransport(cause, place);
  if (cause instanceof PowerShellError && cause.code === 'DEADLINE') {
    return make('CALL_TIMEOUT', `${error.message}: ${cause.message}`, place, cause.code);
  }
  return make('SITE_UNREACHABLE', error.message, place, error.code);
}

/** What lies at the bottom of a failure to start or to send. */
function rootOf(error: PowerShellError): unknown {
  let cause: unknown = error;
  while (cause instanceof PowerShellError && cause.cause !== undefined) ({ cause } = cause);
  return cause;
}

const isAborted = (cause: unknown): boolean =>
  isWsmanError(cause, 'ABORTED') || (cause instanceof PowerShellError && cause.code === 'ABORTED');

function fromTransport(error: WsmanError, place: ErrorPlace): HypervisorError {
  const { code, httpStatus, fault } = error;
  const native = [code, httpStatus ?? fault?.code].filter((part) => part !== undefined).join(' ');
  if (code === 'ABORTED') return fromAbort(place, native);
  if (code === 'HTTP_STATUS' && httpStatus !== undefined && !OVERLOADED.has(httpStatus)) {
    return make('SITE_UNREACHABLE', error.message, place, native);
  }
  if (code === 'DEADLINE') return make('CALL_TIMEOUT', error.message, place, native);
  return make(TRANSPORT[code] ?? 'SITE_UNREACHABLE', error.message, place, native);
}

/** The caller's signal says why it withdrew: for a reason of DCM's, or because its time was up. */
function fromAbort(place: ErrorPlace, native: string): HypervisorError {
  const reason: unknown = place.signal?.reason;
  if (reason instanceof HypervisorError) return make(reason.reason, reason.message, place, native);
  // A DOMException, which need not be an Error of this realm.
  const isLate = (reason as { readonly name?: unknown } | undefined)?.name === 'TimeoutError';
  return isLate || place.signal?.aborted !== true
    ? make('BUDGET_EXHAUSTED', 'the time for it is up', place, native)
    : make('CANCELLED', 'it was withdrawn', place, native);
}

function make(
  reason: HypervisorReason,
  cause: string,
  { action, site, effect }: ErrorPlace,
  ...[native, thrown]: [string?, unknown?]
): HypervisorError {
  return new HypervisorError(reason, `Unable to ${action} on site ${site}: ${cause}`, {
    effect,
    ...(native !== undefined && { native }),
    ...(thrown !== undefined && { cause: thrown }),
  });
}

/** Whether a server was reached and has refused what it was asked. */
export function isRefusal(error: unknown): boolean {
  const cause = error instanceof PowerShellError ? rootOf(error) : error;
  if (cause instanceof BatchError) return true;
  return isWsmanError(cause, 'CREDENTIALS_REFUSED', 'AUTHENTICATION_UNAVAILABLE', 'ACCESS_DENIED', 'QUOTA', 'FAULT');
}

/** Whether there was no answer, so that only a look can tell what happened; one who withdraws does not look. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof PowerShellError && error.mayHaveActed && error.code !== 'ABORTED';
}

/** Whether the process that was asked was lost: another can be asked at once. */
export function isLost(error: unknown): boolean {
  return error instanceof PowerShellError && error.code === 'LOST';
}

/** Whether another job of the VM stands in the way. */
export const isLocked = (error: unknown): boolean => codeOf(error) === LOCKED;

/** Whether the VM is in another state than the operation needs. */
export const isWrongState = (error: unknown): boolean => WRONG_STATES.has(codeOf(error) ?? 0);

/** Whether the object that a step names is gone. */
export const isGone = (error: unknown): boolean => codeOf(error) === NOT_FOUND;

/** Whether the step that looks for the VM under its mark did not find exactly one. */
export const isNotTheOne = (error: unknown, step: string): boolean =>
  error instanceof BatchError && error.refusal === 'EXPECTED_ONE' && error.failure.step === step;

function codeOf(error: unknown): number | null {
  return error instanceof BatchError || error instanceof JobError ? error.code : null;
}
