import { errorTable, type DcmError, type ErrorCode, type Problem } from '@dcm/contracts';

/** An answer that is a problem, with the headers that belong to it. */
export interface ProblemAnswer {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where it happened: the path without its query, and the id that finds the log lines. */
export interface ProblemPlace {
  readonly requestId: string;
  readonly instance?: string | undefined;
}

const titleOf = (code: ErrorCode): string => code.charAt(0) + code.slice(1).toLowerCase().replaceAll('_', ' ');

/** Seconds after which a retry can help; the table says for which codes it can. */
const retryAfterOf = (error: DcmError): Record<string, string> => {
  if (error.retryAfterMs !== undefined)
    return { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) };
  return errorTable[error.code].retry === 'later' && error.httpStatus === 503 ? { 'retry-after': '2' } : {};
};

const headersOf = (error: DcmError): Record<string, string> => ({
  ...retryAfterOf(error),
  ...(error.code === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer realm="dcm"' }),
});

/**
 * Writes an error as an RFC 9457 problem. A defect tells its request id and nothing else.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function toProblem(error: DcmError, place: ProblemPlace): ProblemAnswer {
  const { code, httpStatus: status } = error;
  const detail =
    code === 'INTERNAL' ? `Unable to answer: a defect in DCM; the log knows it by ${place.requestId}` : error.message;
  const problem: Problem = {
    type: `/docs/reference/errors.md#${code.toLowerCase()}`,
    title: titleOf(code),
    status,
    code,
    detail,
    requestId: place.requestId,
    ...(place.instance !== undefined && { instance: place.instance }),
    ...(error.details.length > 0 && code !== 'INTERNAL' && { errors: [...error.details] }),
  };
  return { problem, headers: headersOf(error) };
}
