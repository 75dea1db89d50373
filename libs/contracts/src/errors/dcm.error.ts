import { errorTable, type ErrorCode } from './error-table';

/** Where in a message the cause lies: an RFC 6901 pointer into the body, or `query/…`, `path/…`, `header/…`. */
export interface ErrorDetail {
  readonly pointer: string;
  readonly message: string;
}

export interface DcmErrorOptions {
  readonly cause?: unknown;
  readonly details?: readonly ErrorDetail[];
  /** After how many milliseconds a retry can help. */
  readonly retryAfterMs?: number;
}

/** What crosses a process: an error as a value. */
export interface DcmErrorBody {
  code: ErrorCode;
  message: string;
  details?: ErrorDetail[] | undefined;
}

/** The one error class of DCM. The message is for people: action, thing, place, cause. */
export class DcmError extends Error {
  readonly details: readonly ErrorDetail[];
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: DcmErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DcmError';
    this.details = options.details ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }

  get httpStatus(): number {
    return errorTable[this.code].httpStatus;
  }

  toBody(): DcmErrorBody {
    const body: DcmErrorBody = { code: this.code, message: this.message };
    if (this.details.length > 0) body.details = [...this.details];
    return body;
  }
}
