import { randomUUID } from 'node:crypto';
import { DcmError } from '@dcm/contracts';
import type { Channel } from 'amqplib';
import { awaitAnswer } from '../await-answer';
import type { InboundMessage, Log, OutgoingMessage, Publisher, RequestOptions } from '../broker';
import { popularController } from '../pause';
import { toInbound, toProperties } from './amqp-message';
import { isTooLate } from './amqp.errors';
import { KeptChannel } from './kept-channel';
import type { Link } from './link';

interface PendingCall {
  readonly answer: (message: InboundMessage) => void;
  readonly fail: (error: Error) => void;
}

/** One channel's time of calling; with it the broker forgets where answers go. */
interface Session {
  readonly channel: Channel;
  readonly gone: AbortController;
  readonly pending: Map<string, PendingCall>;
}

const directReplyTo = 'amq.rabbitmq.reply-to';

/** Calls by direct reply-to: question and answer share a channel. @see https://www.rabbitmq.com/docs/direct-reply-to */
export class RabbitCaller {
  private readonly kept: KeptChannel<Channel, Session>;

  constructor(
    link: Link,
    private readonly publisher: Publisher,
    log: Log,
  ) {
    this.kept = new KeptChannel({
      link,
      log,
      name: 'call',
      create: (model) => model.createChannel(),
      setUp: (channel) => this.listen(channel),
      onLost: (session) => {
        session.gone.abort();
      },
    });
  }

  /** @throws DcmError UNAVAILABLE */
  async request(message: OutgoingMessage, options: RequestOptions): Promise<InboundMessage> {
    const started = performance.now();
    const session = await this.kept.whenOpen(options.timeoutMs);
    if (session === undefined)
      throw new DcmError('UNAVAILABLE', `Unable to call ${message.type}: RabbitMQ is not reachable`);
    const correlationId = randomUUID();
    const answer = new Promise<InboundMessage>((resolve, reject) => {
      session.pending.set(correlationId, { answer: resolve, fail: reject });
    });
    try {
      this.send(session.channel, { ...message, mandatory: true, replyTo: directReplyTo, correlationId });
      const timeoutMs = Math.max(1, options.timeoutMs - (performance.now() - started));
      return await awaitAnswer(answer, message, { ...options, timeoutMs, gone: session.gone.signal });
    } finally {
      session.pending.delete(correlationId);
    }
  }

  async close(): Promise<void> {
    const session = this.kept.current;
    await this.kept.close();
    session?.gone.abort();
  }

  private send(channel: Channel, message: OutgoingMessage): void {
    try {
      channel.publish(message.exchange, message.routingKey, message.body, toProperties(message, this.publisher));
    } catch (cause) {
      if (!isTooLate(cause)) throw cause;
      throw new DcmError('UNAVAILABLE', `Unable to call ${message.type}: the connection to RabbitMQ was lost`, {
        cause,
      });
    }
  }

  private async listen(channel: Channel): Promise<Session> {
    const session: Session = { channel, gone: popularController(), pending: new Map() };
    channel.on('return', ({ properties, fields }) => {
      const why = `nothing listens to ${fields.routingKey} of ${fields.exchange}`;
      session.pending
        .get(String(properties.correlationId))
        ?.fail(new DcmError('UNAVAILABLE', `Unable to call ${String(properties.type)}: ${why}`));
    });
    await channel.consume(
      directReplyTo,
      (message) => {
        if (message !== null) session.pending.get(String(message.properties.correlationId))?.answer(toInbound(message));
      },
      { noAck: true },
    );
    return session;
  }
}
