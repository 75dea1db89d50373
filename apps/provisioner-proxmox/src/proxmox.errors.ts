import { DcmError, HypervisorError, OperationYielded, type Effect, type HypervisorReason } from '@dcm/contracts';
import {
  PveRefusal,
  PveRequestError,
  PveTaskFailure,
  PveTaskUnknown,
  PveTransportError,
  saysNoQuorum,
} from './client/pve.errors';
import { meaningOf, type Meaning } from './text.errors';

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

/** Node's codes (OpenSSL's X509_V_ERR names and its own) for a certificate that is not believed. */
const TLS_CODE = /^(TLS_PIN_MISMATCH|ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)/;

/** HTTP status by which a proxy before the cluster says that there is too much to do. */
const OVERLOADED = new Set([429, 503]);

/** A dead node is looked for again after this long; the other nodes go on. */
const NODE_RETRY_MS = 30_000;

/** Turns whatever was thrown into the port's error. A yield, and what the operation's context throws, pass unchanged. */
export function toPortError(error: unknown, place: ErrorPlace): Error {
  if (error instanceof OperationYielded) return error;
  return toHypervisorError(error, place);
}

function toHypervisorError(error: unknown, place: ErrorPlace): HypervisorError {
  if (error instanceof HypervisorError) return error;
  if (error instanceof Refused) {
    return make({ reason: error.reason, cause: error.message }, { ...place, effect: error.effect ?? place.effect });
  }
  return fromClient(error, place) ?? fromBug(error, place);
}

function fromClient(error: unknown, place: ErrorPlace): HypervisorError | undefined {
  if (error instanceof PveRefusal) return make(refusalMeaning(error), place, `${error.status} ${error.text}`);
  if (error instanceof PveTaskFailure) return make(textMeaning(error.text), place, error.text);
  if (error instanceof PveTaskUnknown) return fromUnknownTask(error, place);
  if (error instanceof PveTransportError) return make(transportMeaning(error, place), place, nativeOf(error));
  if (!(error instanceof PveRequestError)) return undefined;
  return make({ reason: 'INVALID_SPEC', cause: error.message }, place, error.name);
}

function fromBug(error: unknown, place: ErrorPlace): HypervisorError {
  const cause = error instanceof Error ? error.message : String(error);
  return make({ reason: 'PLATFORM_ERROR', cause }, place, error instanceof DcmError ? error.code : undefined, error);
}

/** What a refused call means, by its status and then by its words. */
function refusalMeaning(error: PveRefusal): Meaning {
  const { status, text } = error;
  if (status === 400) return invalidMeaning(error);
  if (status === 401) return unauthenticatedMeaning(error);
  if (status === 403) return forbiddenMeaning(text);
  if (status === 501) return { reason: 'UNSUPPORTED', cause: `this release does not offer it (${text})` };
  return textMeaning(text);
}

function invalidMeaning({ text, fields }: PveRefusal): Meaning {
  // A VMID that is taken is told as a fault of the parameter.
  const known = Object.values(fields)
    .map(meaningOf)
    .find((meaning) => meaning !== undefined);
  if (known !== undefined) return known;
  const wrong = Object.entries(fields).map(([name, reason]) => `${name}: ${reason.trim()}`);
  if (wrong.length > 0) return { reason: 'INVALID_SPEC', cause: wrong.join('; ') };
  return meaningOf(text) ?? { reason: 'INVALID_SPEC', cause: text };
}

/** A token or a password that is not taken is an operator's to mend; a ticket that is not taken twice has expired. */
function unauthenticatedMeaning({ scheme, text }: PveRefusal): Meaning {
  if (scheme === 'ticket') return { reason: 'SESSION_EXPIRED', cause: `the ticket is not taken (${text})` };
  const what = scheme === 'token' ? 'the API token is wrong, disabled or expired' : 'user name or password is wrong';
  return { reason: 'INVALID_CREDENTIALS', cause: `${what} (${text})` };
}

const MISSING_POOL = /\bpool '(?<pool>[^']+)' does not exist/;
const MISSING_PRIVILEGE = /^Permission check failed \((?<path>\/[^,]*), (?<privileges>[^)]+)\)/;

function forbiddenMeaning(text: string): Meaning {
  const pool = MISSING_POOL.exec(text)?.groups?.['pool'];
  if (pool !== undefined) return { reason: 'PLACEMENT_NOT_FOUND', cause: `there is no pool ${pool}` };
  const { path, privileges } = MISSING_PRIVILEGE.exec(text)?.groups ?? {};
  const cause = path === undefined ? text : `the account lacks the privilege ${privileges ?? ''} on ${path}`;
  return { reason: 'MISSING_PRIVILEGE', cause };
}

/** What a text of a 500 or of a task means; one that is not known is told as it is. */
function textMeaning(text: string): Meaning {
  if (saysNoQuorum(text)) return { reason: 'SITE_UNREACHABLE', cause: `the cluster has no quorum (${text})` };
  return meaningOf(text) ?? { reason: 'PLATFORM_ERROR', cause: text };
}

function transportMeaning(error: PveTransportError, place: ErrorPlace): Meaning {
  const { code, httpStatus } = error;
  if (code === 'ABORTED') return abortMeaning(place);
  const known = MEANINGS[code];
  if (known !== undefined) return known(error);
  if (TLS_CODE.test(code)) {
    return { reason: 'TLS_UNTRUSTED', cause: `the server's certificate is not trusted (${code})` };
  }
  if (httpStatus !== undefined && OVERLOADED.has(httpStatus)) {
    return { reason: 'SITE_OVERLOADED', cause: `it answered HTTP ${httpStatus}` };
  }
  return { reason: 'SITE_UNREACHABLE', cause: `no answer (${nativeOf(error)})` };
}

/** A single node that is away pauses no site: the others go on. */
const MEANINGS: Readonly<Record<string, (error: PveTransportError) => Meaning>> = {
  TIMEOUT: ({ call }) => ({ reason: 'CALL_TIMEOUT', cause: `${call} was not answered in time` }),
  BACKEND_SILENT: (error) => ({
    reason: 'CALL_TIMEOUT',
    cause: `the node did not answer in time (${nativeOf(error)})`,
  }),
  NODE_UNREACHABLE: (error) => ({
    reason: 'HOST_UNREACHABLE',
    cause: `the node does not answer (${nativeOf(error)})`,
    retryAfterMs: NODE_RETRY_MS,
  }),
  SECOND_FACTOR: ({ code, text }) => ({ reason: 'INVALID_CREDENTIALS', cause: text ?? code }),
  UNEXPECTED_ANSWER: ({ text }) => ({ reason: 'PLATFORM_ERROR', cause: `it answered otherwise: ${text ?? ''}` }),
};

/** The caller's signal says why it withdrew: for a reason of DCM's, or because its time was up. */
function abortMeaning({ signal }: ErrorPlace): Meaning {
  const reason: unknown = signal?.reason;
  if (reason instanceof HypervisorError) return { reason: reason.reason, cause: reason.message };
  // A DOMException, which need not be an Error of this realm.
  const isLate = (reason as { name?: unknown } | null | undefined)?.name === 'TimeoutError';
  return isLate
    ? { reason: 'BUDGET_EXHAUSTED', cause: 'the time for it is up' }
    : { reason: 'CANCELLED', cause: 'it was withdrawn' };
}

/** A task whose end nobody saw may have done everything or nothing, whatever was known before. */
function fromUnknownTask(error: PveTaskUnknown, place: ErrorPlace): HypervisorError {
  const unknown: ErrorPlace = { ...place, effect: 'UNKNOWN' };
  if (error.cause !== undefined) return toHypervisorError(error.cause, unknown);
  const cause =
    error.why === 'FORGOTTEN'
      ? `the node has forgotten task ${error.upid}`
      : `the worker of task ${error.upid} was lost`;
  return make({ reason: 'CALL_TIMEOUT', cause }, unknown, error.why);
}

function nativeOf({ code, httpStatus, text }: PveTransportError): string {
  return [code, httpStatus, text].filter((part) => part !== undefined).join(' ');
}

function make(
  meaning: Meaning,
  { action, site, effect }: ErrorPlace,
  ...[native, thrown]: [string?, unknown?]
): HypervisorError {
  const { reason, cause, retryAfterMs, retryable } = meaning;
  return new HypervisorError(reason, `Unable to ${action} on site ${site}: ${cause}`, {
    effect,
    ...(native !== undefined && { native }),
    ...(thrown !== undefined && { cause: thrown }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(retryable !== undefined && { retryable }),
  });
}
