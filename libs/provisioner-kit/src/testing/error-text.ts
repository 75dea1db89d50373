import { HypervisorError } from '@dcm/contracts';

/** An error for the person who reads the report: its message, what an adapter says of it, and its causes. */
export function errorTextOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const facts =
    error instanceof HypervisorError
      ? ` [${error.reason}, effect ${error.effect}${error.native === null ? '' : `, ${error.native}`}]`
      : '';
  const cause = error.cause === undefined ? '' : `\ncaused by ${errorTextOf(error.cause)}`;
  return `${error.name}: ${error.message}${facts}${cause}`;
}
