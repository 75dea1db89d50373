const HIDDEN = '(hidden)';

/** Takes secrets out of a text that the server sent: PVE quotes a parameter's value when it refuses it. */
export function redact(text: string, secrets: Iterable<string>): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret === '') continue;
    for (const spelling of [secret, encodeURIComponent(secret)]) clean = clean.replaceAll(spelling, HIDDEN);
  }
  return clean;
}
