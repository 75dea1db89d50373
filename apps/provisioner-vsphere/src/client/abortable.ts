import { VimTransportError } from './vim.errors';

/**
 * Waits for shared work, but leaves when the signal aborts; the work goes on for those who still wait.
 * @throws VimTransportError `ABORTED`
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined, operation: string): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      reject(new VimTransportError('ABORTED', operation, { requestSent: false }));
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', leave);
    });
  });
}
