/** Long enough to tell what it is, too short for a document. */
const MAX_LENGTH = 200;
/** What may be a request, a key or a token. */
const LONG_WORD = /[A-Za-z0-9+/=_-]{20,}/g;
const SECRET = /(pass(word|wd|phrase)?|secret|token|key|credential)(["']?\s*[:=]\s*)\S+/gi;

/** A line that does not belong to the protocol, fit for a log. */
export const redacted = (line: string): string =>
  line
    .replace(/\p{Cc}/gu, ' ')
    .replace(SECRET, '$1$3…')
    .replace(LONG_WORD, '…')
    .slice(0, MAX_LENGTH);
