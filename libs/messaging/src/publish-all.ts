import { setTimeout as sleep } from 'node:timers/promises';
import { DcmError } from '@dcm/contracts';
import { backOffMs } from './back-off';
import type { Broker, OutgoingMessage, PublishOutcome } from './broker';

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
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 30_000);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  let left = messages;
  for (let attempt = 1; left.length > 0; attempt++) {
    const outcomes = await broker.publish(left);
    const [first, outcome] = firstRefused(left, outcomes);
    if (outcome !== undefined)
      throw new DcmError('INTERNAL', `Unable to publish ${describe(first)}: the broker refused it`);
    left = left.filter((_, index) => outcomes[index] !== 'confirmed');
    if (left.length === 0) return;
    if (signal.aborted) throw timeoutOf(left, outcomes);
    await sleep(backOffMs(attempt, { firstMs: 20, maxMs: 1_000 }), undefined, { signal }).catch(() => undefined);
  }
}

function firstRefused(
  messages: readonly OutgoingMessage[],
  outcomes: readonly PublishOutcome[],
): [OutgoingMessage | undefined, PublishOutcome?] {
  const index = outcomes.indexOf('refused');
  return index < 0 ? [undefined] : [messages[index], 'refused'];
}

function timeoutOf(left: readonly OutgoingMessage[], outcomes: readonly PublishOutcome[]): DcmError {
  const outcome = outcomes.find((each) => each !== 'confirmed') ?? 'unconfirmed';
  return new DcmError('UNAVAILABLE', `Unable to publish ${describe(left[0])} in time: ${outcome} by the broker`);
}

const describe = (message: OutgoingMessage | undefined): string =>
  `${message?.type ?? ''} to ${message?.exchange ?? ''} ${message?.routingKey ?? ''}`;
