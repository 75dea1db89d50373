import type { ConfirmChannel, Message } from 'amqplib';
import type { OutgoingMessage, Publisher, PublishOutcome } from '../broker';
import { toProperties } from './amqp-message';
import { isRefusal, isTooLate } from './amqp.errors';
import { closeChannel } from './close-channel';

const keyOf = (id: unknown, exchange: string, routingKey: string): string => JSON.stringify([id, exchange, routingKey]);

/** A confirm channel with the bookkeeping of what is returned, nacked or lost. */
export class ConfirmLane {
  /** Why the broker closed the channel, when a message was to blame. */
  refusal: Error | undefined;
  private isClosed = false;
  /** Returned and not yet confirmed: RabbitMQ sends `basic.return` before the confirm of the same message. */
  private readonly returned = new Map<string, number>();

  constructor(private readonly channel: ConfirmChannel) {
    channel.on('error', (error: Error) => {
      if (isRefusal(error)) this.refusal = error;
    });
    // Before amqplib's own listener, which fails all unconfirmed messages with the same kind of error as a nack.
    channel.prependListener('close', () => {
      this.isClosed = true;
    });
    channel.on('return', (message: Message) => {
      this.noteReturn(message);
    });
  }

  /** Writes the message; `settle` is called once, later or at once. */
  publish(message: OutgoingMessage, publisher: Publisher, settle: (outcome: PublishOutcome) => void): void {
    const { exchange, routingKey, body } = message;
    try {
      this.channel.publish(exchange, routingKey, body, toProperties(message, publisher), (error: unknown) => {
        settle(this.outcomeOf(message, error));
      });
    } catch (error) {
      // amqplib encodes before it writes: what cannot be encoded has sent nothing.
      settle(isTooLate(error) ? 'unconfirmed' : 'refused');
    }
  }

  async close(): Promise<void> {
    await closeChannel(this.channel);
  }

  private outcomeOf({ id, exchange, routingKey }: OutgoingMessage, error: unknown): PublishOutcome {
    const key = keyOf(id, exchange, routingKey);
    const count = this.returned.get(key) ?? 0;
    if (count > 1) this.returned.set(key, count - 1);
    else this.returned.delete(key);
    if (this.isClosed) return 'unconfirmed';
    if (error !== null) return 'nacked';
    return count > 0 ? 'returned' : 'confirmed';
  }

  private noteReturn({ fields, properties }: Message): void {
    const key = keyOf(properties.messageId, fields.exchange, fields.routingKey);
    this.returned.set(key, (this.returned.get(key) ?? 0) + 1);
  }
}
