import { DcmError, type ErrorCode } from '@dcm/contracts';

/**
 * SQLSTATE classes of a database that is away, starting, stopping, full, or asks to try the transaction again.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const passingSqlState = /^(?:08...|53...|57P..|40001|40P01|25P03|55P03)$/;

/** Node's socket and resolver codes. */
const passingSystemCode =
  /^(?:ECONN(?:REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND)$/;

/**
 * Errors without a code, by their emitters: pg (`Connection terminated`, `Client has encountered a connection error`), pg-pool
 * (`timeout exceeded when trying to connect`, `Cannot use a pool after calling end`), typeorm (`Driver not Connected`, `already released`,
 * `released, cannot continue`, `connection is not (yet) established`).
 */
const passingText =
  /Connection terminated|encountered a connection error|timeout exceeded when trying to connect|Cannot use a pool after|Driver not Connected|already released|released, cannot continue|connection is not (?:yet )?established/i;

const passingDcmCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['UNAVAILABLE', 'SITE_UNAVAILABLE', 'RATE_LIMITED']);

const codeOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
};

function* chainOf(error: unknown): Generator {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth++) {
    yield current;
    if ('driverError' in current && current.driverError !== current) yield current.driverError;
    current = 'cause' in current ? current.cause : undefined;
  }
}

const isPassing = (error: unknown): boolean => {
  const code = codeOf(error);
  if (passingSqlState.test(code) || passingSystemCode.test(code)) return true;
  return code === '' && error instanceof Error && passingText.test(error.message);
};

/** True for what passes by itself: a database, network or part of DCM that is away. The message is then kept and handled later. */
export function isInfrastructureError(error: unknown): boolean {
  if (error instanceof DcmError) return passingDcmCodes.has(error.code);
  for (const link of chainOf(error)) if (isPassing(link)) return true;
  return false;
}
