/** What nodemailer's errors bear. */
interface MailFailure {
  readonly code?: unknown;
  readonly responseCode?: unknown;
}

const failureOf = (error: unknown): MailFailure => (typeof error === 'object' && error !== null ? error : {});

/**
 * Whether the server refused this mail or its recipient for good: a 5xx reply to the envelope or the message.
 * @see https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1
 */
export function isRefusedForGood(error: unknown): boolean {
  const { code, responseCode } = failureOf(error);
  const isOfMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  return isOfMail && typeof responseCode === 'number' && responseCode >= 500;
}

/** What went wrong, in codes: the server's words may hold an address. */
export function reasonOf(error: unknown): string {
  const { code, responseCode } = failureOf(error);
  const reply = typeof responseCode === 'number' ? `, reply ${responseCode}` : '';
  return typeof code === 'string' ? `${code}${reply}` : 'the mail could not be written';
}
