import { DcmError } from '@dcm/contracts';
import { backOffMs } from './back-off';
import type { Broker, OutgoingMessage, PublishOutcome } from './broker';
import { pause } from './pause';

export interface PublishAllOptions {
  /** Default 30 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Publishes until every message is confirmed: rides through a lost broker, a full queue and a consumer that is not there yet.
 * In-process a confirm means "handled", so a handler must not wait here for a message that only its own queue's consumer takes.
 * @throws DcmError UNAVAILABLE when the time is over or the signal aborts; INTERNAL when the broker refuses a message for good.
 */
export async function publishAll(
  broker: Broker,
  messages: readonly OutgoingMessage[],
  options: PublishAllOptions = {},
): Promise<void> {
  const deadline = performance.now() + (options.timeoutMs ?? 30_000);
  let left = messages;
  for (let attempt = 1; left.length > 0; attempt++) {
    const outcomes = await broker.publish(left, { timeoutMs: Math.max(1, deadline - performance.now()) });
    const refused = left.find((_, index) => outcomes[index] === 'refused');
    if (refused !== undefined)
      throw new DcmError('INTERNAL', `Unable to publish ${describe(refused)}: the broker refused it`);
    const remaining = left.filter((_, index) => outcomes[index] !== 'confirmed');
    if (remaining.length === 0) return;
    const leftMs = deadline - performance.now();
    if (leftMs <= 0 || options.signal?.aborted === true) throw unavailable(remaining, outcomes);
    await pause(Math.min(leftMs, backOffMs(attempt, { firstMs: 20, maxMs: 1_000 })), options.signal);
    left = remaining;
  }
}

function unavailable(left: readonly OutgoingMessage[], outcomes: readonly PublishOutcome[]): DcmError {
  const outcome = outcomes.find((each) => each !== 'confirmed') ?? 'unconfirmed';
  return new DcmError('UNAVAILABLE', `Unable to publish ${describe(left[0])} in time: ${outcome} by the broker`);
}

const describe = (message: OutgoingMessage | undefined): string =>
  `${message?.type ?? ''} to ${message?.exchange ?? ''} ${message?.routingKey ?? ''}`;
