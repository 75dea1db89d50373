/** An answer with a JSON body that reports an error. @see `/api2/json` of Proxmox VE: message and, for parameters, errors */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';

  constructor(
    readonly status: number,
    /** Without its last line break. */
    message: string,
    readonly errors?: Readonly<Record<string, string>>,
  ) {
    super(message);
  }
}

/** An answer of the proxy itself: a reason phrase, and no JSON. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';

  constructor(
    readonly status: number,
    readonly reason: string,
    /** Plain text; none by default. */
    readonly body = '',
  ) {
    super(reason);
  }
}

/** A business error: there is no other status for them. */
export const failure = (message: string): ApiError => new ApiError(500, message);

/** Parameters that the schema, or the call's own look at them, refuses. */
export const badParameters = (errors: Readonly<Record<string, string>>): ApiError =>
  new ApiError(400, 'Parameter verification failed.', errors);

/** @param what the path and privilege, as the vendor shows them; nothing for a choice of several. */
export const forbidden = (what?: string): ApiError =>
  new ApiError(403, `Permission check failed${what === undefined ? '' : ` (${what})`}`);

/** The message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
