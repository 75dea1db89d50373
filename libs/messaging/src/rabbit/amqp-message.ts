import type { ConsumeMessage, Options } from 'amqplib';
import type { InboundMessage, OutgoingMessage, Publisher } from '../broker';

/** @see https://www.rabbitmq.com/docs/publishers#message-properties */
export const toProperties = (message: OutgoingMessage, publisher: Publisher): Options.Publish => ({
  persistent: true,
  messageId: message.id,
  type: message.type,
  contentType: message.contentType,
  timestamp: Math.floor(Date.now() / 1_000),
  userId: publisher.userId,
  appId: publisher.name,
  ...(message.headers !== undefined && { headers: message.headers }),
  ...(message.mandatory !== undefined && { mandatory: message.mandatory }),
  ...(message.expirationMs !== undefined && { expiration: Math.max(1, Math.ceil(message.expirationMs)) }),
  ...(message.correlationId !== undefined && { correlationId: message.correlationId }),
  ...(message.replyTo !== undefined && { replyTo: message.replyTo }),
});

/** amqplib types properties as `any`: a publisher's properties are whatever it sent. */
export function toInbound({ fields, properties, content }: ConsumeMessage): InboundMessage {
  return {
    id: textOf(properties.messageId),
    exchange: fields.exchange,
    routingKey: fields.routingKey,
    type: textOf(properties.type),
    contentType: textOf(properties.contentType),
    body: content,
    headers: properties.headers ?? {},
    userId: textOf(properties.userId),
    appId: textOf(properties.appId),
    sentAt: timeOf(properties.timestamp),
    replyTo: textOf(properties.replyTo),
    correlationId: textOf(properties.correlationId),
    redelivered: fields.redelivered,
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Seconds since 1970; some publishers send milliseconds or worse, which is then no time. */
function timeOf(timestamp: unknown): string | undefined {
  if (typeof timestamp !== 'number') return undefined;
  const time = new Date(timestamp * 1_000);
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9999 ? undefined : time.toISOString();
}
