/** What went wrong, as callers need to tell it apart. */
export type WsmanErrorCode =
  /** An option is unusable; nothing was sent. */
  | 'INVALID_OPTION'
  /** No connection could be made. */
  | 'UNREACHABLE'
  /** The server's certificate was not accepted. */
  | 'TLS_REFUSED'
  /** The request went out and no whole answer came back. */
  | 'NO_ANSWER'
  /** The answer is not what the protocol allows; nothing more is believed of this connection. */
  | 'BAD_ANSWER'
  | 'ANSWER_TOO_LARGE'
  /** The server does not accept these credentials. */
  | 'CREDENTIALS_REFUSED'
  /** The server does not offer the mechanism, or refuses its protection. */
  | 'AUTHENTICATION_UNAVAILABLE'
  /** The account is known and may not do this. */
  | 'ACCESS_DENIED'
  /** A limit of shells, operations or processes is reached. */
  | 'QUOTA'
  /** The shell or the command no longer exists. */
  | 'SHELL_GONE'
  /** Output of a command may be missing: the command must be given up. */
  | 'OUTPUT_LOST'
  /** A deadline of the caller has passed. */
  | 'DEADLINE'
  | 'ABORTED'
  /** The endpoint, shell or command was closed on this side. */
  | 'CLOSED'
  /** The server could not finish in the operation's time. */
  | 'TIMED_OUT'
  /** The server is there and answers with an HTTP status that carries no fault, such as 503. */
  | 'HTTP_STATUS'
  /** Any other fault of the service. */
  | 'FAULT';

/** What a fault of the service says. */
export interface FaultDetail {
  /** `WSManFault/@Code`, an unsigned 32-bit number; 0 when the server gives none. */
  readonly code: number;
  /** Local part of the SOAP subcode, e.g. `TimedOut`. */
  readonly subcode?: string;
  /** The server's words, for people only: localised, never to be tested. At most 500 characters. */
  readonly reason?: string;
}

/** More about an error. */
export interface WsmanErrorDetails {
  /** Whether the server may have carried the request out. Default false. */
  readonly mayHaveActed?: boolean;
  readonly fault?: FaultDetail;
  readonly httpStatus?: number;
  readonly cause?: unknown;
}

/** The one error of this client. Its message names the action, the server and the cause, and never a credential or an input. */
export class WsmanError extends Error {
  override readonly name = 'WsmanError';
  readonly mayHaveActed: boolean;
  readonly fault?: FaultDetail;
  readonly httpStatus?: number;

  constructor(
    readonly code: WsmanErrorCode,
    message: string,
    details: WsmanErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.mayHaveActed = details.mayHaveActed ?? false;
    if (details.fault !== undefined) this.fault = details.fault;
    if (details.httpStatus !== undefined) this.httpStatus = details.httpStatus;
  }
}

/**
 * Codes of faults that have a meaning for callers.
 * @see wsmerror.h and winerror.h of the Windows SDK
 */
const CODES: ReadonlyMap<number, WsmanErrorCode> = new Map([
  [5, 'ACCESS_DENIED'], // ERROR_ACCESS_DENIED
  [995, 'SHELL_GONE'], // ERROR_OPERATION_ABORTED: the shell was deleted while a Receive was parked
  [1326, 'CREDENTIALS_REFUSED'], // ERROR_LOGON_FAILURE
  [2150858793, 'TIMED_OUT'], // ERROR_WSMAN_OPERATION_TIMEDOUT
  [2150858843, 'SHELL_GONE'], // ERROR_WSMAN_INVALID_SELECTORS: no such shell, or no such command in it
  [2150858815, 'QUOTA'], // ERROR_WSMAN_QUOTA_LIMIT
  [2150859173, 'QUOTA'], // ERROR_WSMAN_QUOTA_MAX_SHELLS
  [2150859174, 'QUOTA'], // ERROR_WSMAN_QUOTA_MAX_OPERATIONS
  [2150859175, 'QUOTA'], // ERROR_WSMAN_QUOTA_USER
  [2150859176, 'QUOTA'], // ERROR_WSMAN_QUOTA_SYSTEM
  [2150859179, 'QUOTA'], // ERROR_WSMAN_QUOTA_MAX_SHELLUSERS
  [2150859236, 'QUOTA'], // ERROR_WSMAN_QUOTA_MAX_SHELLS_PPQ
  [2150859237, 'QUOTA'], // ERROR_WSMAN_QUOTA_MAX_USERS_PPQ
  [2150859238, 'QUOTA'], // ERROR_WSMAN_QUOTA_MAX_PLUGINSHELLS_PPQ
  [2150859239, 'QUOTA'], // ERROR_WSMAN_QUOTA_MAX_PLUGINOPERATIONS_PPQ
  [2150859240, 'QUOTA'], // ERROR_WSMAN_QUOTA_MAX_OPERATIONS_USER_PPQ
  [2150859241, 'QUOTA'], // ERROR_WSMAN_QUOTA_MAX_COMMANDS_PER_SHELL_PPQ
]);

/** Subcodes that say the same where a server gives no code. @see DMTF DSP0226 */
const SUBCODES: ReadonlyMap<string, WsmanErrorCode> = new Map([
  ['AccessDenied', 'ACCESS_DENIED'],
  ['TimedOut', 'TIMED_OUT'],
  ['InvalidSelectors', 'SHELL_GONE'],
  ['QuotaLimit', 'QUOTA'],
]);

/** Faults after which the request certainly had no effect: it was refused before anything was done. */
const REFUSALS: ReadonlySet<WsmanErrorCode> = new Set(['ACCESS_DENIED', 'QUOTA', 'CREDENTIALS_REFUSED', 'SHELL_GONE']);

/** Turns a fault into the error to throw. @param action e.g. `open a shell on scvmm01` */
export function faultError(action: string, fault: FaultDetail, httpStatus: number): WsmanError {
  const code = CODES.get(fault.code) ?? SUBCODES.get(fault.subcode ?? '') ?? 'FAULT';
  const said = fault.reason === undefined ? '' : `: ${fault.reason}`;
  return new WsmanError(code, `Unable to ${action}: the service answered with fault ${fault.code}${said}`, {
    fault,
    httpStatus,
    mayHaveActed: !REFUSALS.has(code),
  });
}

/** Whether an error is of this client and has one of the codes. */
export function isWsmanError(error: unknown, ...codes: readonly WsmanErrorCode[]): error is WsmanError {
  return error instanceof WsmanError && (codes.length === 0 || codes.includes(error.code));
}
