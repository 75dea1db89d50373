import { DcmError, type ErrorCode } from '@dcm/contracts';

/** The code of the DcmError that the work throws; undefined when it throws nothing. Anything else it throws passes through. */
export function codeThrownBy(work: () => unknown): ErrorCode | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof DcmError) return error.code;
    throw error;
  }
}
