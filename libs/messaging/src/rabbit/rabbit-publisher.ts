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
    const unconfirmed = [...messages.keys()].filter((index) => outcomes[index] === 'unconfirmed');
    const again = await this.publishOneByOne(
      unconfirmed.flatMap((index) => messages[index] ?? []),
      timeoutMs,
    );
    unconfirmed.forEach((index, place) => {
      outcomes[index] = again[place] ?? 'unconfirmed';
    });
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

  /** On channels of its own, so that whoever publishes meanwhile is not drawn into it. */
  private async publishOneByOne(messages: readonly OutgoingMessage[], timeoutMs: number): Promise<PublishOutcome[]> {
    const outcomes: PublishOutcome[] = [];
    let lane: ConfirmLane | undefined;
    for (const message of messages) {
      lane = lane?.refusal === undefined ? (lane ?? (await this.openLane())) : await this.openLane();
      const [outcome = 'unconfirmed'] = lane === undefined ? [] : await this.publishOn(lane, [message], timeoutMs);
      outcomes.push(lane?.refusal === undefined ? outcome : this.refuse(message, lane.refusal));
    }
    await lane?.close();
    return outcomes;
  }

  private async openLane(): Promise<ConfirmLane | undefined> {
    try {
      const channel = await this.options.link.model?.createConfirmChannel();
      return channel === undefined ? undefined : new ConfirmLane(channel);
    } catch (error) {
      this.options.log.warn({ err: error }, 'Unable to open a channel to publish');
      return undefined;
    }
  }

  private refuse({ id, exchange, routingKey }: OutgoingMessage, refusal: Error): PublishOutcome {
    this.options.log.error({ err: refusal, id, exchange, routingKey }, 'RabbitMQ refused a message');
    return 'refused';
  }
}
