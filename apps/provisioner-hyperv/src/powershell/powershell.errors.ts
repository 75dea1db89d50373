/** What went wrong with a process, as callers need to tell it apart. */
export type PowerShellErrorCode =
  /** No process could be started, or it did not come up. */
  | 'START_FAILED'
  /** The process ended, or its connection was lost, before it answered. */
  | 'LOST'
  /** It did not answer in time; it was ended. */
  | 'DEADLINE'
  /** The caller withdrew. */
  | 'ABORTED'
  /** What came is no answer of the dispatcher. */
  | 'BAD_FRAME'
  /** The pool was closed. */
  | 'CLOSED';

/** A process that gave no answer. */
export class PowerShellError extends Error {
  override readonly name = 'PowerShellError';
  /** Whether the batch may have been carried out. */
  readonly mayHaveActed: boolean;

  constructor(
    readonly code: PowerShellErrorCode,
    message: string,
    details: { readonly mayHaveActed: boolean; readonly cause?: unknown },
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.mayHaveActed = details.mayHaveActed;
  }
}

/** The dispatcher's own refusals. */
export type Refusal = 'BAD_REQUEST' | 'NOT_ALLOWED' | 'REFERENCE' | 'EXPECTED_ONE' | 'LOCK_TIMEOUT' | 'FILE_REFUSED';

/** What the dispatcher says of a batch that failed. */
export interface BatchFailure {
  /** The step that failed; `decode`, `import` or `lock` before the first. */
  readonly step: string;
  /** The steps that ran to their end. */
  readonly ran: readonly string[];
  /** The vendor's number of the error. */
  readonly code: number | null;
  readonly refusal: Refusal | null;
  /** For people; localised. */
  readonly text: string;
  readonly fullId: string;
}

/** A batch that the dispatcher answered with an error: a cmdlet refused, or the dispatcher did. */
export class BatchError extends Error {
  override readonly name = 'BatchError';

  constructor(
    readonly failure: BatchFailure,
    /** Whether a step that changes something ran to its end. */
    readonly hasActed: boolean,
  ) {
    super(`step ${failure.step}: ${failure.text}`);
  }

  get code(): number | null {
    return this.failure.code;
  }

  get refusal(): Refusal | null {
    return this.failure.refusal;
  }
}
