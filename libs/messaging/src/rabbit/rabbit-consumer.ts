import type { Channel, ConsumeMessage } from 'amqplib';
import type { Consumer, ConsumeSpec, Delivery, Log } from '../broker';
import { popularController } from '../pause';
import { Acks } from './acks';
import { toInbound } from './amqp-message';
import { isTooLate } from './amqp.errors';
import { closeChannel } from './close-channel';
import { KeptChannel } from './kept-channel';
import type { Link } from './link';

export interface RabbitConsumerOptions extends ConsumeSpec {
  readonly link: Link;
  readonly log: Log;
  readonly onDelivery: (delivery: Delivery) => void;
}

/** One channel's time of consuming; its deliveries are lost with it. */
interface Session {
  readonly channel: Channel;
  readonly tag: string;
  readonly lost: AbortController;
  readonly acks: Acks;
}

/** Where a delivery is settled. */
interface Place {
  readonly channel: Channel;
  readonly acks: Acks;
  readonly lost: AbortSignal;
}

/** Consumes a queue on a channel of its own, through reconnects. */
export class RabbitConsumer implements Consumer {
  private readonly kept: KeptChannel<Channel, Session>;

  constructor(private readonly options: RabbitConsumerOptions) {
    this.kept = new KeptChannel({
      link: options.link,
      log: options.log,
      name: `consume ${options.queue}`,
      create: (model) => model.createChannel(),
      setUp: (channel) => this.consume(channel),
    });
  }

  get isReady(): boolean {
    return this.kept.current !== undefined;
  }

  /** Resolves once deliveries flow or the link is closed. */
  async ready(): Promise<void> {
    await this.kept.whenOpen();
  }

  async stop(): Promise<void> {
    this.kept.retire();
    const session = this.kept.current;
    // Cancelling on a channel that died meanwhile: nothing is delivered there any more.
    await session?.channel.cancel(session.tag).catch(() => undefined);
  }

  async close(): Promise<void> {
    const session = this.kept.current;
    session?.acks.flush();
    await this.kept.close();
    session?.lost.abort();
  }

  private async consume(channel: Channel): Promise<Session> {
    const lost = popularController();
    const { queue, prefetch } = this.options;
    await channel.prefetch(prefetch);
    channel.once('close', () => {
      lost.abort();
    });
    const acks = new Acks((message, upTo) => {
      if (!lost.signal.aborted)
        this.unlessTooLate(() => {
          channel.ack(message, upTo);
        });
    });
    const { consumerTag } = await channel.consume(queue, (message) => {
      if (message === null) {
        this.onCancelled(channel);
        return;
      }
      acks.delivered(message);
      this.options.onDelivery(this.deliveryOf({ channel, acks, lost: lost.signal }, message));
    });
    return { channel, tag: consumerTag, lost, acks };
  }

  /** The broker ended the consumer: its queue was deleted or lost its leader. A new channel tries again. */
  private onCancelled(channel: Channel): void {
    this.options.log.warn({ queue: this.options.queue }, 'RabbitMQ cancelled a consumer, consuming again');
    void closeChannel(channel);
  }

  private deliveryOf({ channel, acks, lost }: Place, message: ConsumeMessage): Delivery {
    let isSettled = false;
    const settle = (act: () => void): void => {
      if (isSettled || lost.aborted) return;
      isSettled = true;
      this.unlessTooLate(act);
    };
    return {
      queue: this.options.queue,
      message: toInbound(message),
      lost,
      ack: () => {
        settle(() => {
          acks.ack(message);
        });
      },
      requeue: () => {
        settle(() => {
          acks.givenBack(message);
          channel.reject(message, true);
        });
      },
    };
  }

  /** On a channel that closes at this moment nothing can be settled; the broker delivers again. */
  private unlessTooLate(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!isTooLate(error)) throw error;
    }
  }
}
