const maxWaitSeconds = 60;

/**
 * How long the caller wants to wait for the end, in seconds, at most 60; undefined when it does not. What cannot be read is ignored, as the RFC asks.
 * @see https://www.rfc-editor.org/rfc/rfc7240#section-4.3
 */
export function waitSecondsOf(prefer: string | string[] | undefined): number | undefined {
  const preferences = [prefer ?? []].flat().join(',').split(',');
  for (const preference of preferences) {
    const [, seconds] = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?$/i.exec(preference) ?? [];
    if (seconds !== undefined) return Math.min(Number(seconds), maxWaitSeconds);
  }
  return undefined;
}
