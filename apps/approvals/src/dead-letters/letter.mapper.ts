import { exchanges, queues, type DcmErrorBody, type DeadLetter } from '@dcm/contracts';
import type { DeadLetterFacts, InboundMessage, OutboxMessage } from '@dcm/messaging';
import { canonicalJson, sha256Hex } from '@dcm/runtime';
import { shownBody } from './body.mapper';

export interface LetterRow {
  id: string;
  at: Date;
  exchange: string;
  routing_key: string;
  queue: string | null;
  type: string | null;
  message_id: string | null;
  content_type: string | null;
  publisher: string | null;
  reason: string;
  error: DcmErrorBody | null;
  body: Buffer;
  replayed_at: Date | null;
}

/** PostgreSQL takes no NUL in text, AMQP does. */
const clean = <T extends string | null>(text: T): T => (text?.replaceAll('\0', '\uFFFD') ?? null) as T;

/** The facts as they can be stored. */
export const storable = (facts: DeadLetterFacts): DeadLetterFacts => ({
  ...facts,
  reason: clean(facts.reason),
  publisher: clean(facts.publisher),
  exchange: clean(facts.exchange),
  routingKey: clean(facts.routingKey),
  queue: clean(facts.queue),
  type: clean(facts.type),
  messageId: clean(facts.messageId),
  contentType: clean(facts.contentType),
});

/** Equal for copies of one message that died in the same place. */
export const digestOf = ({ body, publisher, exchange, routingKey, queue, messageId }: DeadLetterFacts): string =>
  sha256Hex(canonicalJson([publisher, exchange, routingKey, queue, messageId, sha256Hex(body.toString('base64'))]));

/** A letter as administrators see it. */
export const letterOf = (row: LetterRow, body: Buffer | undefined): DeadLetter => ({
  id: row.id,
  at: row.at.toISOString(),
  exchange: row.exchange,
  routingKey: row.routing_key,
  queue: row.queue,
  type: row.type,
  messageId: row.message_id,
  publisher: row.publisher,
  reason: row.reason,
  error: row.error,
  body: body === undefined ? null : shownBody(body),
  replayedAt: row.replayed_at?.toISOString() ?? null,
});

/** The message as it first arrived, from its first publisher. Its headers are gone: a forged one could change where it goes. */
export const messageOf = (row: LetterRow, body: Buffer): InboundMessage => ({
  id: row.message_id ?? undefined,
  exchange: row.exchange,
  routingKey: row.routing_key,
  type: row.type ?? undefined,
  contentType: row.content_type ?? undefined,
  body,
  headers: {},
  userId: row.publisher ?? undefined,
  appId: undefined,
  sentAt: undefined,
  replyTo: undefined,
  correlationId: undefined,
  redelivered: true,
});

/** The message as it goes back to where it came from, under its own id. */
export const outboxMessageOf = (row: LetterRow, body: Buffer): OutboxMessage => ({
  id: row.message_id ?? row.id,
  exchange: row.exchange,
  routingKey: row.routing_key,
  type: row.type ?? '',
  contentType: row.content_type ?? '',
  body,
  mandatory: true,
});

const ownQueues: ReadonlySet<string> = new Set([queues.requests, queues.facts, queues.discovery]);

/** The queue whose handler in this process takes the letter; undefined when the message belongs to another process. */
export const ownQueueOf = ({ queue, exchange }: LetterRow): string | undefined => {
  const meant = queue ?? (exchange === exchanges.requests ? queues.requests : undefined);
  return meant !== undefined && ownQueues.has(meant) ? meant : undefined;
};
