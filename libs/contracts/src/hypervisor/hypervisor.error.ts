import { z } from 'zod';

/** The gRPC status codes that an adapter may use. */
export const hypervisorCodes = [
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'UNAUTHENTICATED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'CANCELLED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'UNKNOWN',
] as const;
export type HypervisorCode = (typeof hypervisorCodes)[number];

/** NONE only if it is proven that nothing changed. PARTIAL: something of it exists. UNKNOWN: look before you decide. */
export const effects = ['NONE', 'PARTIAL', 'UNKNOWN'] as const;
export type Effect = (typeof effects)[number];

interface ReasonRow {
  readonly code: HypervisorCode;
  readonly retryable: boolean;
  /** Whether a failure for this reason uses up one of the operation's attempts. */
  readonly countsAsAttempt: boolean;
  /** Whether the whole site is affected, so that dispatching to it pauses. */
  readonly pausesSite: boolean;
}

const row = (code: HypervisorCode, retryable = false, countsAsAttempt = true, pausesSite = false): ReasonRow => ({
  code,
  retryable,
  countsAsAttempt,
  pausesSite,
});

/** The closed list of reasons: the only thing core logic decides on. Vendors' faults are mapped to it in each adapter's `*.errors.ts`. */
export const reasonTable = {
  INVALID_SPEC: row('INVALID_ARGUMENT'),
  IMAGE_NOT_FOUND: row('NOT_FOUND'),
  NETWORK_NOT_FOUND: row('NOT_FOUND'),
  STORAGE_NOT_FOUND: row('NOT_FOUND'),
  PLACEMENT_NOT_FOUND: row('NOT_FOUND'),
  VM_NOT_FOUND: row('NOT_FOUND'),
  SNAPSHOT_NOT_FOUND: row('NOT_FOUND'),
  NAME_CONFLICT: row('ALREADY_EXISTS'),
  NUMBER_TAKEN: row('ALREADY_EXISTS', true),
  NOT_OURS: row('PERMISSION_DENIED'),
  DUPLICATE_MARK: row('FAILED_PRECONDITION'),
  INVALID_POWER_STATE: row('FAILED_PRECONDITION'),
  GUEST_TOOLS_MISSING: row('FAILED_PRECONDITION'),
  QUESTION_PENDING: row('FAILED_PRECONDITION'),
  UNSUPPORTED: row('UNIMPLEMENTED'),
  CONCURRENT_CHANGE: row('ABORTED', true),
  TASK_IN_PROGRESS: row('ABORTED', true, false),
  STILL_CREATING: row('ABORTED', true, false),
  INSUFFICIENT_CAPACITY: row('RESOURCE_EXHAUSTED', true),
  STORAGE_FULL: row('RESOURCE_EXHAUSTED'),
  LICENSE_RESTRICTED: row('PERMISSION_DENIED', false, true, true),
  MISSING_PRIVILEGE: row('PERMISSION_DENIED'),
  INVALID_CREDENTIALS: row('UNAUTHENTICATED', true, false, true),
  TLS_UNTRUSTED: row('UNAVAILABLE', true, false, true),
  SITE_UNREACHABLE: row('UNAVAILABLE', true, false, true),
  HOST_UNREACHABLE: row('UNAVAILABLE', true, false),
  SITE_OVERLOADED: row('UNAVAILABLE', true, false, true),
  SESSION_EXPIRED: row('UNAVAILABLE', true, false),
  CLAIM_LOST: row('CANCELLED', true, false),
  CANCELLED: row('CANCELLED'),
  BUDGET_EXHAUSTED: row('DEADLINE_EXCEEDED', true),
  CALL_TIMEOUT: row('DEADLINE_EXCEEDED', true),
  OUTCOME_UNKNOWN: row('UNKNOWN'),
  PLATFORM_ERROR: row('INTERNAL', true),
} as const satisfies Record<string, ReasonRow>;
export type HypervisorReason = keyof typeof reasonTable;
export const hypervisorReasons = Object.keys(reasonTable) as [HypervisorReason, ...HypervisorReason[]];

/** A HypervisorError as a value, as facts carry it. `native` is the vendor's own name of the fault. */
export const hypervisorErrorSchema = z.object({
  code: z.enum(hypervisorCodes),
  reason: z.enum(hypervisorReasons),
  message: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.number().optional(),
  effect: z.enum(effects),
  countsAsAttempt: z.boolean(),
  native: z.string().nullable(),
});
export type HypervisorErrorBody = z.infer<typeof hypervisorErrorSchema>;

export interface HypervisorErrorOptions {
  readonly effect: Effect;
  readonly native?: string;
  readonly retryAfterMs?: number;
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/**
 * The one error that an adapter throws. Code, retry and attempt follow from the reason; `effect` must be stated each time.
 * The message is for people (action, thing, place, cause) and holds no secret.
 */
export class HypervisorError extends Error {
  readonly code: HypervisorCode;
  readonly effect: Effect;
  readonly retryable: boolean;
  readonly countsAsAttempt: boolean;
  readonly pausesSite: boolean;
  readonly native: string | null;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly reason: HypervisorReason,
    message: string,
    options: HypervisorErrorOptions,
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HypervisorError';
    const defaults: ReasonRow = reasonTable[reason];
    this.code = defaults.code;
    this.effect = options.effect;
    this.retryable = options.retryable ?? defaults.retryable;
    this.countsAsAttempt = defaults.countsAsAttempt;
    this.pausesSite = defaults.pausesSite;
    this.native = options.native ?? null;
    this.retryAfterMs = options.retryAfterMs;
  }

  toBody(): HypervisorErrorBody {
    return {
      code: this.code,
      reason: this.reason,
      message: this.message,
      retryable: this.retryable,
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      effect: this.effect,
      countsAsAttempt: this.countsAsAttempt,
      native: this.native,
    };
  }
}

/** Thrown by an adapter whose budget is used up while work goes on: the operation is dispatched again with `resume`. Not a failure. */
export class OperationYielded extends Error {
  constructor(readonly resume: string) {
    super('the operation yielded');
    this.name = 'OperationYielded';
  }
}
