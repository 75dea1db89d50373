import { DcmError } from '@dcm/contracts';
import type { OutgoingMessage, RequestOptions } from './broker';

/**
 * Waits for a call's answer.
 * @throws DcmError UNAVAILABLE when its time is over, the caller gives up, or the broker is gone.
 */
export async function awaitAnswer<T>(
  answer: Promise<T>,
  message: OutgoingMessage,
  options: RequestOptions & { readonly gone: AbortSignal },
): Promise<T> {
  const { timeoutMs, signal, gone } = options;
  const what = `Unable to get an answer to ${message.type} on ${message.exchange} ${message.routingKey}`;
  const end = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const failure = new Promise<never>((_resolve, reject) => {
    const fail = (why: string): void => {
      reject(new DcmError('UNAVAILABLE', `${what}: ${why}`));
    };
    const listen = (abort: AbortSignal | undefined, why: string): void => {
      if (abort?.aborted === true) fail(why);
      else
        abort?.addEventListener(
          'abort',
          () => {
            fail(why);
          },
          { once: true, signal: end.signal },
        );
    };
    timer = setTimeout(() => {
      fail(`none came in ${timeoutMs} ms`);
    }, timeoutMs);
    listen(signal, 'the caller gave up');
    listen(gone, 'the connection was closed');
  });
  try {
    return await Promise.race([answer, failure]);
  } finally {
    clearTimeout(timer);
    end.abort();
  }
}
