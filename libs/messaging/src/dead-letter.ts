import { DcmError, errorBodySchema, exchanges, type DcmErrorBody } from '@dcm/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { InboundMessage, OutgoingMessage } from './broker';

/** A dead letter as it is filed: what it was, where it came from, who sent it, why it died. */
export interface DeadLetterFacts {
  /** An error code of DCM, or the broker's word: `DELIVERY_LIMIT`, `REJECTED`, `EXPIRED`, `MAXLEN`, `UNROUTABLE`. */
  readonly reason: string;
  readonly error: DcmErrorBody | null;
  /** The user that the broker validated when the message was first published. */
  readonly publisher: string | null;
  readonly exchange: string;
  readonly routingKey: string;
  /** Where it died; null when it never reached a queue. */
  readonly queue: string | null;
  readonly type: string | null;
  readonly messageId: string | null;
  readonly contentType: string | null;
  readonly body: Buffer;
}

const header = {
  reason: 'x-dcm-reason',
  error: 'x-dcm-error',
  publisher: 'x-dcm-publisher',
  exchange: 'x-dcm-exchange',
  routingKey: 'x-dcm-routing-key',
  queue: 'x-dcm-queue',
  messageId: 'x-dcm-message-id',
} as const;

/**
 * The copy that goes to `dcm.dead` with the queue's name as key. Of the original headers nothing is kept: `CC` would route it elsewhere
 * and a forged `x-dcm-publisher` would make its sender somebody else when it is replayed.
 */
export function toDeadLetter(message: InboundMessage, queue: string, error: DcmErrorBody): OutgoingMessage {
  return {
    id: message.id ?? uuidv7(),
    exchange: exchanges.dead,
    routingKey: queue,
    type: message.type ?? '',
    body: message.body,
    contentType: message.contentType ?? '',
    mandatory: true,
    headers: {
      [header.reason]: error.code,
      [header.error]: JSON.stringify(error),
      [header.exchange]: message.exchange,
      [header.routingKey]: message.routingKey,
      [header.queue]: queue,
      ...(message.userId !== undefined && { [header.publisher]: message.userId }),
      ...(message.id !== undefined && { [header.messageId]: message.id }),
    },
  };
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Reads what stands in `approvals.dead`: our own copies, what the broker gave up on, and requests that no queue wanted. */
export function readDeadLetter(message: InboundMessage): DeadLetterFacts {
  const content = { type: text(message.type), contentType: text(message.contentType), body: message.body };
  const death = brokerDeathOf(message);
  if (death !== undefined)
    return { ...content, ...death, error: null, publisher: text(message.userId), messageId: text(message.id) };
  if (message.exchange === exchanges.dead) return { ...content, ...ownDeathOf(message) };
  const { exchange, routingKey } = message;
  const publisher = text(message.userId);
  return {
    ...content,
    reason: 'UNROUTABLE',
    error: null,
    publisher,
    exchange,
    routingKey,
    queue: null,
    messageId: text(message.id),
  };
}

type Death = Pick<DeadLetterFacts, 'reason' | 'queue' | 'exchange' | 'routingKey'>;

/**
 * The broker adds `x-death` to what it dead-letters itself. Then our own headers, if any, are the sender's forgery.
 * @see https://www.rabbitmq.com/docs/dlx#effects
 */
function brokerDeathOf(message: InboundMessage): Death | undefined {
  const deaths = message.headers['x-death'];
  if (!Array.isArray(deaths)) return undefined;
  const death = (deaths[0] ?? {}) as Record<string, unknown>;
  const keys: unknown[] = Array.isArray(death['routing-keys']) ? death['routing-keys'] : [];
  return {
    reason: (text(death['reason']) ?? 'REJECTED').toUpperCase(),
    queue: text(death['queue']),
    exchange: text(death['exchange']) ?? '',
    routingKey: text(keys[0]) ?? '',
  };
}

function ownDeathOf({ headers }: InboundMessage): Omit<DeadLetterFacts, 'type' | 'contentType' | 'body'> {
  return {
    reason: text(headers[header.reason]) ?? 'INTERNAL',
    error: errorOf(headers[header.error]),
    publisher: text(headers[header.publisher]),
    exchange: text(headers[header.exchange]) ?? '',
    routingKey: text(headers[header.routingKey]) ?? '',
    queue: text(headers[header.queue]),
    messageId: text(headers[header.messageId]),
  };
}

function errorOf(value: unknown): DcmErrorBody | null {
  try {
    return errorBodySchema.parse(JSON.parse(String(value)));
  } catch {
    return null;
  }
}

/** What may be said of an error to others: the body of a DcmError; of anything else only that it is a defect. */
export const errorBodyOf = (error: unknown): DcmErrorBody =>
  error instanceof DcmError
    ? error.toBody()
    : { code: 'INTERNAL', message: 'Unable to handle the message: a defect in DCM, see the logs' };
