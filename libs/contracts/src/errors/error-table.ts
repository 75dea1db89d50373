/** How a caller may react: `never` with the same request, `later` with the same request, `after-change` of the world or the body. */
export type RetryAdvice = 'never' | 'later' | 'after-change';

export interface ErrorTableRow {
  readonly httpStatus: number;
  readonly retry: RetryAdvice;
  readonly help: string;
}

/** Every code DCM answers with, over HTTP, AMQP and in an operation's `error`. */
export const errorTable = {
  INVALID_REQUEST: {
    httpStatus: 400,
    retry: 'after-change',
    help: 'The body, query or header breaks its schema; `details` names each place.',
  },
  UNAUTHENTICATED: {
    httpStatus: 401,
    retry: 'after-change',
    help: 'Send `Authorization: Bearer <token>` with a token that is known and not expired.',
  },
  PERMISSION_DENIED: {
    httpStatus: 403,
    retry: 'after-change',
    help: 'The principal is known but its roles do not allow this.',
  },
  NOT_FOUND: {
    httpStatus: 404,
    retry: 'after-change',
    help: 'No such thing in this tenant. Things of other tenants are not found either.',
  },
  METHOD_NOT_ALLOWED: {
    httpStatus: 405,
    retry: 'never',
    help: 'The path exists, but not with this method. `Allow` names those it has.',
  },
  CONFLICT: {
    httpStatus: 409,
    retry: 'after-change',
    help: 'The thing exists already or is in a state that does not allow this.',
  },
  OPERATION_IN_PROGRESS: {
    httpStatus: 409,
    retry: 'later',
    help: 'Another operation is changing this VM. Wait for it, then try again.',
  },
  PLAN_CHANGED: {
    httpStatus: 409,
    retry: 'after-change',
    help: 'The plan that was decided upon is no longer the current one. Read it again.',
  },
  PRECONDITION_FAILED: {
    httpStatus: 412,
    retry: 'after-change',
    help: 'If-Match does not match: the thing changed since it was read.',
  },
  PAYLOAD_TOO_LARGE: { httpStatus: 413, retry: 'after-change', help: 'A body holds at most 64 KiB.' },
  UNSUPPORTED_MEDIA_TYPE: { httpStatus: 415, retry: 'after-change', help: 'Send application/json.' },
  IDEMPOTENCY_KEY_REUSED: {
    httpStatus: 422,
    retry: 'never',
    help: 'This key or message id was used before with another payload.',
  },
  QUOTA_EXCEEDED: {
    httpStatus: 422,
    retry: 'after-change',
    help: 'The request does not fit into the quota of its tenant or project.',
  },
  PLAN_REFUSED: {
    httpStatus: 422,
    retry: 'after-change',
    help: 'The site cannot do what is asked; `details` names each field.',
  },
  POLICY_REJECTED: { httpStatus: 422, retry: 'after-change', help: 'A policy rejected the request.' },
  APPROVAL_REJECTED: { httpStatus: 422, retry: 'after-change', help: 'An approver rejected the request.' },
  APPROVAL_EXPIRED: { httpStatus: 422, retry: 'after-change', help: 'Nobody decided in time.' },
  SELF_APPROVAL: { httpStatus: 403, retry: 'never', help: 'A requester cannot approve the own request.' },
  DELETION_PROTECTED: { httpStatus: 409, retry: 'after-change', help: 'Remove deletionProtection first.' },
  CANCELLED: { httpStatus: 409, retry: 'after-change', help: 'The operation was cancelled.' },
  RATE_LIMITED: { httpStatus: 429, retry: 'later', help: 'Too many requests. Retry-After says when to come back.' },
  HYPERVISOR_REFUSED: {
    httpStatus: 422,
    retry: 'after-change',
    help: 'The hypervisor refused; the message names the cause.',
  },
  HYPERVISOR_FAILED: { httpStatus: 502, retry: 'later', help: 'The hypervisor failed; the message names the cause.' },
  SITE_UNAVAILABLE: { httpStatus: 503, retry: 'later', help: 'The site does not answer. Work for it waits.' },
  OUTCOME_UNKNOWN: {
    httpStatus: 502,
    retry: 'never',
    help: 'It is not known whether the call took effect. Look at the VM first.',
  },
  DEADLINE_EXCEEDED: { httpStatus: 504, retry: 'later', help: 'The operation did not end before its deadline.' },
  UNAVAILABLE: { httpStatus: 503, retry: 'later', help: 'A part of DCM is starting or not reachable.' },
  INTERNAL: { httpStatus: 500, retry: 'later', help: 'A defect in DCM. The request id finds it in the logs.' },
} as const satisfies Record<string, ErrorTableRow>;

export type ErrorCode = keyof typeof errorTable;

export const errorCodes = Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]];

export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.hasOwn(errorTable, value);
