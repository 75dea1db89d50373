import { DcmError, HypervisorError, OperationYielded, type Effect, type HypervisorReason } from '@dcm/contracts';
import { isReference, type ManagedObjectReference } from './client/managed.object';
import { readRecord, readReference, readString } from './client/reader';
import { isGone, VimFault, VimRequestError, VimTransportError } from './client/vim.errors';

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

/**
 * Fault classes and what they mean for DCM, the more special before the more general (a class stands for those derived
 * from it).
 * @see https://developer.broadcom.com/xapis/vsphere-web-services-api/latest/ (Faults)
 */
const FAULTS: readonly (readonly [string, HypervisorReason])[] = [
  ['NotAuthenticated', 'SESSION_EXPIRED'],
  ['NoPermission', 'MISSING_PRIVILEGE'],
  ['RestrictedVersion', 'LICENSE_RESTRICTED'],
  ['NotEnoughLicenses', 'LICENSE_RESTRICTED'],
  ['LicenseRestricted', 'LICENSE_RESTRICTED'],
  ['InvalidLogin', 'INVALID_CREDENTIALS'],
  ['TaskInProgress', 'TASK_IN_PROGRESS'],
  ['ConcurrentAccess', 'CONCURRENT_CHANGE'],
  ['ResourceInUse', 'CONCURRENT_CHANGE'],
  ['FileLocked', 'CONCURRENT_CHANGE'],
  ['InsufficientStorageSpace', 'STORAGE_FULL'],
  ['NoDiskSpace', 'STORAGE_FULL'],
  ['InsufficientResourcesFault', 'INSUFFICIENT_CAPACITY'],
  ['NoCompatibleHost', 'INSUFFICIENT_CAPACITY'],
  ['LimitExceeded', 'INSUFFICIENT_CAPACITY'],
  ['InvalidDatastore', 'STORAGE_NOT_FOUND'],
  ['InvalidDatastorePath', 'STORAGE_NOT_FOUND'],
  ['InvalidDatastoreState', 'STORAGE_NOT_FOUND'],
  ['FileNotFound', 'STORAGE_NOT_FOUND'],
  ['DuplicateName', 'NAME_CONFLICT'],
  ['AlreadyExists', 'NAME_CONFLICT'],
  ['CpuHotPlugNotSupported', 'UNSUPPORTED'],
  ['MemoryHotPlugNotSupported', 'UNSUPPORTED'],
  ['InvalidName', 'INVALID_SPEC'],
  ['InvalidArgument', 'INVALID_SPEC'],
  ['InvalidDeviceOperation', 'UNSUPPORTED'],
  ['InvalidVmConfig', 'INVALID_SPEC'],
  ['InvalidDeviceBacking', 'INVALID_SPEC'],
  ['OutOfBounds', 'INVALID_SPEC'],
  ['CustomizationFault', 'INVALID_SPEC'],
  ['SnapshotLocked', 'CONCURRENT_CHANGE'],
  ['SnapshotFault', 'UNSUPPORTED'],
  ['NotSupported', 'UNSUPPORTED'],
  ['NotImplemented', 'UNSUPPORTED'],
  ['MethodNotFound', 'UNSUPPORTED'],
  ['ToolsUnavailable', 'GUEST_TOOLS_MISSING'],
  ['QuestionPending', 'QUESTION_PENDING'],
  ['InvalidState', 'INVALID_POWER_STATE'],
  ['Timedout', 'CALL_TIMEOUT'],
];

/** What is gone, by the type of the object that a ManagedObjectNotFound names. */
const GONE: Readonly<Record<string, HypervisorReason>> = {
  VirtualMachine: 'VM_NOT_FOUND',
  Datastore: 'STORAGE_NOT_FOUND',
  Network: 'NETWORK_NOT_FOUND',
  DistributedVirtualPortgroup: 'NETWORK_NOT_FOUND',
  OpaqueNetwork: 'NETWORK_NOT_FOUND',
  VirtualMachineSnapshot: 'SNAPSHOT_NOT_FOUND',
  Task: 'OUTCOME_UNKNOWN',
};

/** Node's codes (OpenSSL's X509_V_ERR names and its own) for a certificate that is not believed. */
const TLS_CODE = /^(TLS_PIN_MISMATCH|ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)/;

/** HTTP status by which a server or a proxy before it says that it has too much to do. */
const OVERLOADED = new Set([429, 503]);

/** Turns whatever was thrown into the port's error. A yield, and what the operation's context throws, pass unchanged. */
export function toPortError(error: unknown, place: ErrorPlace): Error {
  if (error instanceof OperationYielded || error instanceof HypervisorError) return error;
  if (error instanceof Refused) {
    return make(error.reason, error.message, { ...place, effect: error.effect ?? place.effect });
  }
  if (error instanceof VimFault) return fromFault(error, place);
  if (error instanceof VimTransportError) return fromTransport(error, place);
  if (error instanceof VimRequestError) return make('INVALID_SPEC', error.message, place, 'VimRequestError');
  if (error instanceof DcmError) return make('PLATFORM_ERROR', error.message, place, error.code, error);
  return make('PLATFORM_ERROR', error instanceof Error ? error.message : String(error), place, undefined, error);
}

function fromFault(fault: VimFault, place: ErrorPlace): HypervisorError {
  return make(reasonOf(fault), causeOf(fault), place, fault.fault);
}

function reasonOf(fault: VimFault): HypervisorReason {
  if (fault.fault === 'ManagedObjectNotFound') {
    return GONE[readReference(fault.detail['obj'])?.type ?? ''] ?? 'PLACEMENT_NOT_FOUND';
  }
  return FAULTS.find(([name]) => fault.isA(name))?.[1] ?? 'PLATFORM_ERROR';
}

function causeOf(fault: VimFault): string {
  const { detail } = fault;
  if (fault.isA('NoPermission')) {
    const object = readReference(detail['object']);
    const where = object === undefined ? 'an object' : `${object.type} ${object.value}`;
    return `the account lacks the privilege ${readString(detail['privilegeId']) ?? '(not named)'} on ${where}`;
  }
  const named = readString(detail['reason']) ?? readString(detail['invalidProperty']) ?? readString(detail['property']);
  const said = fault.explanation === '' ? fault.fault : `${fault.fault}: ${fault.explanation}`;
  return named === undefined || said.includes(named) ? said : `${said} (${named})`;
}

function fromTransport(error: VimTransportError, place: ErrorPlace): HypervisorError {
  const native = error.httpStatus === undefined ? error.code : `${error.code} ${error.httpStatus}`;
  if (error.code === 'ABORTED') return fromAbort(place, native);
  if (error.code === 'TIMEOUT')
    return make('CALL_TIMEOUT', `${error.operation} was not answered in time`, place, native);
  if (TLS_CODE.test(error.code)) {
    return make('TLS_UNTRUSTED', `the server's certificate is not trusted (${error.code})`, place, native);
  }
  if (error.httpStatus !== undefined && OVERLOADED.has(error.httpStatus)) {
    return make('SITE_OVERLOADED', `it answered HTTP ${error.httpStatus}`, place, native);
  }
  const cause = error.code === 'NOT_A_VCENTER' ? 'no vCenter answers there, but a lone host' : `no answer (${native})`;
  return make('SITE_UNREACHABLE', cause, place, native);
}

/** The caller's signal says why it withdrew: for a reason of DCM's, or because its time was up. */
function fromAbort(place: ErrorPlace, native: string): HypervisorError {
  const reason: unknown = place.signal?.reason;
  if (reason instanceof HypervisorError) return make(reason.reason, reason.message, place, native);
  // A DOMException, which need not be an Error of this realm.
  const isLate = readRecord(reason)['name'] === 'TimeoutError';
  return isLate
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

/**
 * Whether a call that failed is certain to have changed nothing: it or its task was refused, or it never left this
 * process. A fault of another operation, such as asking for the task, proves nothing.
 */
export function isProvenUndone(error: unknown, operation: string): boolean {
  if (error instanceof VimTransportError) return !error.requestSent;
  return error instanceof VimFault ? error.operation === operation : error instanceof VimRequestError;
}

/** Whether there was no answer, so that only a look can tell what happened; one who withdraws does not look. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof VimTransportError && error.requestSent && error.code !== 'ABORTED';
}

/** Whether the server refused the call or the task failed. */
export function isRefusal(error: unknown): boolean {
  return error instanceof VimFault;
}

/** Whether this very object is gone. */
export function isGoneObject(error: unknown, target: ManagedObjectReference): boolean {
  return isGone(error, target);
}

/** Whether a wait ended before the task did. */
export function isWaitOver(error: unknown): boolean {
  return error instanceof VimTransportError && error.code === 'TIMEOUT';
}

/** Whether a name is taken. */
export function isDuplicateName(error: unknown): error is VimFault {
  return error instanceof VimFault && error.isA('DuplicateName');
}

/** Who holds the name, as a DuplicateName says; the simulator names the folder instead. */
export function holderOf(fault: VimFault): ManagedObjectReference | undefined {
  return isReference(fault.detail['object']) ? fault.detail['object'] : undefined;
}

/** Whether somebody else changed the VM since it was read. */
export function isConcurrentChange(error: unknown): boolean {
  return error instanceof VimFault && error.isA('ConcurrentAccess');
}

/** The task that stands in the way of ours; undefined when that is not the trouble. */
export function taskInTheWay(error: unknown): ManagedObjectReference | undefined {
  if (!(error instanceof VimFault) || !error.isA('TaskInProgress')) return undefined;
  return readReference(error.detail['task']);
}

/** The VM's state, when that is why a power call was refused. */
export function refusedInState(error: unknown): string | undefined {
  if (!(error instanceof VimFault) || !error.isA('InvalidPowerState')) return undefined;
  return readString(error.detail['existingState']);
}

/** Whether the VM already waits for its first start to be prepared. */
export function isPreparationPending(error: unknown): boolean {
  return error instanceof VimFault && error.isA('CustomizationPending');
}

/** Whether the guest cannot be asked. */
export function isGuestDeaf(error: unknown): boolean {
  return error instanceof VimFault && error.isA('ToolsUnavailable');
}

/** Whether the server does not have the operation (the packaged simulator lacks some). */
export function isOperationMissing(error: unknown): boolean {
  return error instanceof VimFault && (error.isA('MethodNotFound') || error.isA('NotImplemented'));
}
