import type { ConfirmChannel } from 'amqplib';
import type { Log, OutgoingMessage, Publisher, PublishOutcome } from '../broker';
import { ConfirmLane } from './confirm-lane';
import { KeptChannel } from './kept-channel';
import type { Link } from './link';

export interface RabbitPublisherOptions {
  readonly link: Link;
  readonly publisher: Publisher;
  readonly log: Log;
}

/** Publishes with confirms on one channel. */
export class RabbitPublisher {
  private readonly kept: KeptChannel<ConfirmChannel, ConfirmLane>;

  constructor(private readonly options: RabbitPublisherOptions) {
    const { link, log } = options;
    this.kept = new KeptChannel({
      link,
      log,
      name: 'publish',
      create: (model) => model.createConfirmChannel(),
      setUp: (channel) => Promise.resolve(new ConfirmLane(channel)),
    });
  }

  get isReady(): boolean {
    return this.options.link.isWritable && this.kept.current !== undefined;
  }

  /** Resolves once messages can be published or the link is closed. */
  async ready(): Promise<void> {
    await this.kept.whenOpen();
  }

  /**
   * Publishes and waits for the confirms. A message that the broker refuses takes the whole channel down: then what is unconfirmed goes
   * again, one by one, so that the one to blame is found and the others are not lost with it.
   */
  async publish(messages: readonly OutgoingMessage[], timeoutMs: number): Promise<PublishOutcome[]> {
    const { link } = this.options;
    const started = performance.now();
    const lane = (await link.whenWritable(timeoutMs)) ? await this.kept.whenOpen(timeoutMs) : undefined;
    if (lane === undefined) return messages.map(() => 'unconfirmed');
    const outcomes = await this.publishOn(lane, messages, timeoutMs - (performance.now() - started));
    if (lane.refusal === undefined) return outcomes;
    for (const [index, message] of messages.entries()) {
      if (outcomes[index] === 'unconfirmed') outcomes[index] = await this.publishAlone(message, timeoutMs);
    }
    return outcomes;
  }

  async close(): Promise<void> {
    await this.kept.close();
  }

  private publishOn(
    lane: ConfirmLane,
    messages: readonly OutgoingMessage[],
    timeoutMs: number,
  ): Promise<PublishOutcome[]> {
    const outcomes = messages.map((): PublishOutcome => 'unconfirmed');
    if (messages.length === 0) return Promise.resolve(outcomes);
    return new Promise((resolve) => {
      let left = messages.length;
      const timer = setTimeout(() => {
        resolve([...outcomes]);
      }, timeoutMs);
      const settle = (index: number, outcome: PublishOutcome): void => {
        outcomes[index] = outcome;
        left -= 1;
        if (left > 0) return;
        clearTimeout(timer);
        resolve(outcomes);
      };
      messages.forEach((message, index) => {
        lane.publish(message, this.options.publisher, (outcome) => {
          settle(index, outcome);
        });
      });
    });
  }

  private async publishAlone(message: OutgoingMessage, timeoutMs: number): Promise<PublishOutcome> {
    const { link, log } = this.options;
    try {
      const channel = await link.model?.createConfirmChannel();
      if (channel === undefined) return 'unconfirmed';
      const lane = new ConfirmLane(channel);
      const [outcome] = await this.publishOn(lane, [message], timeoutMs);
      if (lane.refusal === undefined) await lane.close();
      else
        log.error(
          { err: lane.refusal, id: message.id, exchange: message.exchange, routingKey: message.routingKey },
          'RabbitMQ refused a message',
        );
      return lane.refusal === undefined ? (outcome ?? 'unconfirmed') : 'refused';
    } catch (error) {
      log.warn({ err: error, id: message.id }, 'Unable to open a channel to publish');
      return 'unconfirmed';
    }
  }
}
