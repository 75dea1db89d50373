/** Nothing may be sent there; nothing was. */
export class ForbiddenDestinationError extends Error {
  override readonly name = 'ForbiddenDestinationError';
}

/** An attempt was ended before there was an answer. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError';
}

/** What went wrong, for the tenant to read: our own words, or codes of Node and OpenSSL, which name no address. */
export function reasonOf(error: unknown): string {
  if (error instanceof ForbiddenDestinationError || error instanceof UnansweredError) return error.message;
  const { code } = typeof error === 'object' && error !== null ? (error as { code?: unknown }) : {};
  return typeof code === 'string' ? code : 'the connection failed';
}
