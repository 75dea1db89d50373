import { VIM25 } from './schema';
import type { ManagedObjectReference } from './managed.object';
import { isRecord, readRecord, readReference, readString, typeOf, type VimRecord } from './reader';

/**
 * The server refused a call, or a task ended in error: in both cases the server says why.
 * @see https://developer.broadcom.com/xapis/vsphere-web-services-api/latest/ (Faults)
 */
export class VimFault extends Error {
  override readonly name = 'VimFault';

  /**
   * @param fault the fault's type, such as `DuplicateName`
   * @param operation the operation that was refused or whose task failed
   * @param explanation the server's own words
   * @param detail the fault's fields, decoded
   */
  constructor(
    readonly fault: string,
    readonly operation: string,
    readonly explanation: string,
    readonly detail: VimRecord = {},
  ) {
    super(`Unable to run ${operation}: ${fault}${explanation === '' ? '' : `: ${explanation}`}`);
  }

  /** Whether the fault is of this type or inherits from it (`InsufficientResourcesFault` and the like). */
  isA(type: string): boolean {
    return VIM25.isSubtype(this.fault, type);
  }
}

/** Why there was no usable answer: one of ours, or the code of Node's network and TLS errors (`ECONNREFUSED` …). */
export type TransportCode =
  | 'ABORTED'
  | 'ANSWER_TOO_LARGE'
  | 'CLIENT_CLOSED'
  | 'HTTP_STATUS'
  | 'NO_SESSION_COOKIE'
  | 'NOT_A_VCENTER'
  | 'NOT_SOAP'
  | 'TIMEOUT'
  | 'TLS_PIN_MISMATCH'
  | 'UNEXPECTED_ANSWER'
  | (string & {});

/** What is known about a call that got no usable answer. */
export interface TransportFacts {
  readonly httpStatus?: number;
  /** False only when it is certain that no byte of the request left this process. */
  readonly requestSent: boolean;
}

/**
 * No usable answer. Unless `requestSent` is false, the outcome of a call that changes something is **unknown**.
 * It never carries the request, a header, the cookie or the password.
 */
export class VimTransportError extends Error {
  override readonly name = 'VimTransportError';
  readonly httpStatus: number | undefined;
  readonly requestSent: boolean;

  constructor(
    readonly code: TransportCode,
    readonly operation: string,
    facts: TransportFacts,
  ) {
    super(`Unable to run ${operation}: ${code}${facts.httpStatus === undefined ? '' : ` ${facts.httpStatus}`}`);
    this.httpStatus = facts.httpStatus;
    this.requestSent = facts.requestSent;
  }
}

/** The request or an option cannot be used; nothing was sent. Names the place, never the value. */
export class VimRequestError extends Error {
  override readonly name = 'VimRequestError';

  /** @param path where, such as `CloneVM_Task.spec.location.pool` @param problem what is wrong there */
  constructor(
    readonly path: string,
    problem: string,
  ) {
    super(`Unable to use ${path}: ${problem}`);
  }
}

/**
 * Reads a LocalizedMethodFault: a task's `info.error`, or the reason of an entry in a missingSet.
 * @param operation whom the fault belongs to
 */
export function faultFrom(localized: unknown, operation: string): VimFault {
  const { fault, localizedMessage } = readRecord(localized);
  return new VimFault(typeOf(fault) ?? 'MethodFault', operation, readString(localizedMessage) ?? '', readRecord(fault));
}

/** Reads a SOAP fault as npm soap hands it over, already decoded; undefined when it is none. */
export function faultFromSoap(soapFault: unknown, operation: string): VimFault | undefined {
  if (!isRecord(soapFault)) return undefined;
  const [element, detail] = Object.entries(readRecord(soapFault['detail']))[0] ?? ['', undefined];
  const type = typeOf(detail) ?? element.replace(/Fault$/, '');
  const explanation = readString(soapFault['faultstring']) ?? '';
  return new VimFault(type === '' ? 'MethodFault' : type, operation, explanation, readRecord(detail));
}

/** Whether an error says that the session is over; it is then certain that the call did nothing. */
export function isSessionLoss(error: unknown): error is VimFault {
  return error instanceof VimFault && error.fault === 'NotAuthenticated';
}

/** Whether an error says that the server does not know an object: this one, when one is named. */
export function isGone(error: unknown, ref?: ManagedObjectReference): error is VimFault {
  if (!(error instanceof VimFault) || error.fault !== 'ManagedObjectNotFound') return false;
  return ref === undefined || readReference(error.detail['obj'])?.value === ref.value;
}
