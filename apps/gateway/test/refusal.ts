import { DcmError } from '@dcm/contracts';

/** The DcmError that a call throws. @throws Error when it throws none. */
export function refusalOf(call: () => unknown): DcmError {
  try {
    call();
  } catch (error) {
    if (error instanceof DcmError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
