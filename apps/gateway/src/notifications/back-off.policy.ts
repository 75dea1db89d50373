/** After so many attempts a mail is given up, visibly: with 30 seconds at first, that is about 13 hours. */
export const maxAttempts = 20;

const hourMs = 3_600_000;

/** How long to wait after an attempt, 1 being the first: twice as long each time, up to a bound. */
export const backOffMs = (attempt: number, firstMs: number, longestMs = hourMs): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 20));
