import { DcmError, type Operation } from '@dcm/contracts';

/**
 * Asks approvals about an operation that the gateway knows, and perhaps approvals not yet.
 * @throws DcmError UNAVAILABLE while it has not taken the operation; else as `ask`.
 */
export async function whileHandedOver<T>(what: string, known: Operation, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    const isOnItsWay = cause instanceof DcmError && cause.code === 'NOT_FOUND' && known.seq === 0;
    if (!isOnItsWay) throw cause;
    throw new DcmError('UNAVAILABLE', `Unable to ${what} operation ${known.id}: it is still being handed over`, {
      cause,
      retryAfterMs: 1_000,
    });
  }
}
