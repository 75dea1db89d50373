import { DcmError, problemSchema, type ErrorCode, type Problem } from '@dcm/contracts';

/** An answer of DCM that is an error: `code` is stable, `details` points at each place, `requestId` finds the log lines. */
export class DcmProblem extends DcmError {
  constructor(
    readonly problem: Problem,
    retryAfterMs?: number,
  ) {
    const { code, detail, errors } = problem;
    super(code, detail, {
      ...(errors !== undefined && { details: errors }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
    this.name = 'DcmProblem';
  }

  get status(): number {
    return this.problem.status;
  }

  get requestId(): string {
    return this.problem.requestId;
  }
}

/** What stands between caller and DCM answers in words of its own: only the status can be believed. */
const codeOfStranger = (status: number): ErrorCode =>
  status === 429 ? 'RATE_LIMITED' : status >= 502 ? 'UNAVAILABLE' : 'INTERNAL';

const strangerOf = ({ status, headers }: Response): Problem => ({
  type: 'about:blank',
  title: 'Not an answer of DCM',
  status,
  code: codeOfStranger(status),
  detail: `Unable to read the answer: status ${status} without a problem document`,
  requestId: headers.get('x-request-id') ?? '',
});

/** Reads an answer that is not a success. */
export async function problemOf(response: Response): Promise<DcmProblem> {
  const parsed = problemSchema.safeParse(await response.json().catch(() => undefined));
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new DcmProblem(
    parsed.success ? parsed.data : strangerOf(response),
    Number.isNaN(seconds) ? undefined : seconds * 1000,
  );
}
