/** By which proof of identity a call was made; `login` is the call that asks for a ticket. */
export type PveScheme = 'login' | 'ticket' | 'token';

/** What the API said when it refused a call. */
export interface RefusalFacts {
  readonly status: number;
  /** The API's own words, without the account's secrets. */
  readonly text: string;
  /** What is wrong with each parameter, of a 400. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly scheme: PveScheme;
}

/**
 * The API refused a call and said why. It was not carried out.
 * @see https://pve.proxmox.com/pve-docs/api-viewer/
 */
export class PveRefusal extends Error {
  override readonly name = 'PveRefusal';
  readonly status: number;
  readonly text: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly scheme: PveScheme;

  /** @param call method and path, such as `POST /nodes/pve1/qemu/9000/clone` */
  constructor(
    readonly call: string,
    facts: RefusalFacts,
  ) {
    super(`Unable to run ${call}: ${facts.status} ${facts.text}`);
    this.status = facts.status;
    this.text = facts.text;
    this.fields = facts.fields ?? {};
    this.scheme = facts.scheme;
  }
}

/** A task ran and ended in error. */
export class PveTaskFailure extends Error {
  override readonly name = 'PveTaskFailure';

  /** @param text its exit status, such as `VM 201 already running` */
  constructor(
    readonly upid: string,
    readonly text: string,
  ) {
    super(`Task ${upid} failed: ${text}`);
  }
}

/** Why nobody can say how a task ended: its worker was killed, the node has forgotten it, or the node was away too long. */
export type UnknownWhy = 'FORGOTTEN' | 'UNEXPECTED_STATUS' | 'UNSEEN';

/** A task was started, and how it ended is **unknown**. */
export class PveTaskUnknown extends Error {
  override readonly name = 'PveTaskUnknown';

  /** @param cause why its node could not be asked */
  constructor(
    readonly upid: string,
    readonly why: UnknownWhy,
    override readonly cause?: PveRefusal | PveTransportError,
  ) {
    super(`The end of task ${upid} is not known: ${cause?.message ?? why}`);
  }
}

/** Why there was no usable answer: one of ours, or the code of Node's network and TLS errors (`ECONNREFUSED` …). */
export type TransportCode =
  | 'ABORTED'
  | 'ANSWER_TOO_LARGE'
  | 'BACKEND_SILENT'
  | 'CLIENT_CLOSED'
  | 'CONNECT_TIMEOUT'
  | 'HTTP_STATUS'
  | 'NODE_UNREACHABLE'
  | 'NOT_PVE'
  | 'SECOND_FACTOR'
  | 'TIMEOUT'
  | 'TLS_PIN_MISMATCH'
  | 'UNEXPECTED_ANSWER'
  | (string & {});

/** What is known about a call that got no usable answer. */
export interface TransportFacts {
  readonly httpStatus?: number;
  /** The words that came with it. */
  readonly text?: string;
  /** False only when it is certain that the call was not carried out. */
  readonly mayHaveRun: boolean;
}

/**
 * No usable answer. Unless `mayHaveRun` is false, the outcome of a call that changes something is **unknown**.
 * It never carries a parameter, a header, the ticket, the token or the password.
 */
export class PveTransportError extends Error {
  override readonly name = 'PveTransportError';
  readonly httpStatus: number | undefined;
  readonly text: string | undefined;
  readonly mayHaveRun: boolean;

  constructor(
    readonly code: TransportCode,
    readonly call: string,
    facts: TransportFacts,
  ) {
    const said = [code, facts.httpStatus, facts.text].filter((part) => part !== undefined).join(' ');
    super(`Unable to run ${call}: ${said}`);
    this.httpStatus = facts.httpStatus;
    this.text = facts.text;
    this.mayHaveRun = facts.mayHaveRun;
  }
}

/** A path, a parameter or an option cannot be used; nothing was sent. Names the place, never the value. */
export class PveRequestError extends Error {
  override readonly name = 'PveRequestError';

  constructor(
    readonly path: string,
    problem: string,
  ) {
    super(`Unable to use ${path}: ${problem}`);
  }
}

/** Whether the login was refused: trying again with the same password may lock the account. */
export function isLoginRefused(error: unknown): boolean {
  if (error instanceof PveTransportError) return error.code === 'SECOND_FACTOR';
  return error instanceof PveRefusal && error.status === 401 && error.scheme === 'login';
}

/** Whether an error says that the ticket is over; it is then certain that the call did nothing. */
export function isTicketLoss(error: unknown): boolean {
  return error instanceof PveRefusal && error.status === 401 && error.scheme === 'ticket';
}

/**
 * Texts by which pve-cluster (pmxcfs) and its callers say that the node they run on must not write: nothing was changed,
 * and another node may belong to the part of the cluster that still can.
 */
const NO_QUORUM = [/^cluster not ready - no quorum\?/, /^unable to open file '\/etc\/pve\/.*Permission denied/];

/** Whether the node that answered has no quorum. @param text of a refusal, or a task's exit status */
export function saysNoQuorum(text: string): boolean {
  return NO_QUORUM.some((pattern) => pattern.test(text));
}

/** Whether the node says that it knows no such task: pve-manager answers that with 400, as a fault of the parameter. */
export function saysNoSuchTask(error: unknown): boolean {
  if (!(error instanceof PveRefusal) || error.status !== 400) return false;
  return [error.text, ...Object.values(error.fields)].some((text) => text.startsWith('no such task'));
}
