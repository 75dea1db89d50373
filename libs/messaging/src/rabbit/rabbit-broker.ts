import { randomUUID } from 'node:crypto';
import { DcmError } from '@dcm/contracts';
import type { ChannelModel } from 'amqplib';
import { backOffMs } from '../back-off';
import {
  isDirectReplyTo,
  type Broker,
  type ConsumeSpec,
  type Consumer,
  type Delivery,
  type InboundMessage,
  type Log,
  type OutgoingMessage,
  type PublishOptions,
  type PublishOutcome,
  type RequestOptions,
  type Topology,
} from '../broker';
import { pause } from '../pause';
import { isRefusal } from './amqp.errors';
import { declareTopology } from './declare-topology';
import { Link } from './link';
import { RabbitCaller } from './rabbit-caller';
import { RabbitConsumer } from './rabbit-consumer';
import { RabbitPublisher } from './rabbit-publisher';

export interface RabbitOptions {
  readonly name: string;
  readonly userId: string;
  readonly confirmTimeoutMs: number;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly log: Log;
}

/** RabbitMQ by two connections: the broker holds back a connection that publishes too much, and acks must not wait behind that. */
export class RabbitBroker implements Broker {
  readonly kind = 'rabbitmq';
  readonly name: string;
  readonly userId: string;
  private readonly publishing: Link;
  private readonly consuming: Link;
  private readonly publisher: RabbitPublisher;
  private readonly consumers = new Set<RabbitConsumer>();
  private readonly declared: Topology[] = [];
  private caller: RabbitCaller | undefined;
  private isClosed = false;

  constructor(
    url: string,
    private readonly options: RabbitOptions,
  ) {
    const { name, userId, tls, log } = options;
    this.name = name;
    this.userId = userId;
    const linkTo = (purpose: string): Link =>
      new Link({ url, name: `${name} ${purpose}`, tls, log, prepare: (model) => this.declareAll(model) });
    this.publishing = linkTo('publishes');
    this.consuming = linkTo('consumes');
    this.publisher = new RabbitPublisher({ link: this.publishing, publisher: { name, userId }, log });
    this.publishing.open();
    this.consuming.open();
  }

  async publish(messages: readonly OutgoingMessage[], { timeoutMs }: PublishOptions = {}): Promise<PublishOutcome[]> {
    this.assertOpen();
    return this.publisher.publish(messages, Math.min(timeoutMs ?? Infinity, this.options.confirmTimeoutMs));
  }

  async consume({ queue, prefetch }: ConsumeSpec, onDelivery: (delivery: Delivery) => void): Promise<Consumer> {
    this.assertOpen();
    const consumer = new RabbitConsumer({ link: this.consuming, log: this.options.log, queue, prefetch, onDelivery });
    this.consumers.add(consumer);
    await consumer.ready();
    return {
      stop: () => consumer.stop(),
      close: async () => {
        this.consumers.delete(consumer);
        await consumer.close();
      },
    };
  }

  async request(message: OutgoingMessage, options: RequestOptions): Promise<InboundMessage> {
    this.assertOpen();
    this.caller ??= new RabbitCaller(this.publishing, this, this.options.log);
    return this.caller.request(message, options);
  }

  async reply(to: InboundMessage, answer: Pick<OutgoingMessage, 'type' | 'body' | 'contentType'>): Promise<void> {
    if (!isDirectReplyTo(to.replyTo)) {
      this.options.log.warn(
        { replyTo: to.replyTo, userId: to.userId, routingKey: to.routingKey },
        'ignored a reply_to that is no direct one',
      );
      return;
    }
    const correlation = to.correlationId === undefined ? {} : { correlationId: to.correlationId };
    const [outcome] = await this.publish([
      { ...answer, ...correlation, id: randomUUID(), exchange: '', routingKey: to.replyTo },
    ]);
    if (outcome !== 'confirmed')
      throw new DcmError('UNAVAILABLE', `Unable to answer ${to.routingKey}: ${outcome ?? 'unconfirmed'} by the broker`);
  }

  async assertTopology(topology: Topology): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const model = await this.publishing.whenUp();
      if (model === undefined) throw this.closedError();
      try {
        await declareTopology(model, topology);
        this.declared.push(topology);
        return;
      } catch (cause) {
        if (isRefusal(cause))
          throw new DcmError('INTERNAL', 'Unable to declare exchanges and queues: RabbitMQ refused', { cause });
        this.options.log.warn({ err: cause }, 'Unable to declare exchanges and queues, trying again');
        await pause(backOffMs(attempt, { firstMs: 100, maxMs: 5_000 }));
      }
    }
  }

  async ready(): Promise<void> {
    await this.publisher.ready();
    await this.consuming.whenUp();
    await Promise.all([...this.consumers].map((consumer) => consumer.ready()));
    this.assertOpen();
  }

  isReady(): boolean {
    const isConsuming = this.consuming.model !== undefined && [...this.consumers].every((consumer) => consumer.isReady);
    return this.canPublish() && isConsuming;
  }

  canPublish(): boolean {
    return !this.isClosed && this.publisher.isReady;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const consumers = [...this.consumers];
    this.consumers.clear();
    await Promise.all(consumers.map((consumer) => consumer.close()));
    await Promise.all([this.publisher.close(), this.caller?.close()]);
    await Promise.all([this.publishing.close(), this.consuming.close()]);
  }

  private async declareAll(model: ChannelModel): Promise<void> {
    for (const topology of this.declared) await declareTopology(model, topology);
  }

  private assertOpen(): void {
    if (this.isClosed) throw this.closedError();
  }

  private closedError(): DcmError {
    return new DcmError('UNAVAILABLE', 'Unable to use RabbitMQ: this connection is closed');
  }
}
