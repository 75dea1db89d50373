import { randomUUID } from 'node:crypto';
import { DcmError } from '@dcm/contracts';
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
import { awaitAnswer } from '../await-answer';
import { pause, popularController } from '../pause';
import { Copy } from './copy';
import { Hub, type Placement } from './hub';
import { MemoryConsumer, toInbound } from './memory-consumer';

export interface InProcessOptions {
  readonly name: string;
  readonly userId: string;
  readonly confirmTimeoutMs: number;
  readonly log: Log;
}

const hubs = new Map<string, Hub>();

/** One process's connection to the in-process broker of that name. A confirm means that every consumer has handled the message. */
export class InProcessBroker implements Broker {
  readonly kind = 'in-process';
  readonly name: string;
  readonly userId: string;
  private readonly hub: Hub;
  private readonly consumers = new Set<MemoryConsumer>();
  private readonly closing = popularController();

  constructor(
    hubName: string,
    private readonly options: InProcessOptions,
  ) {
    this.name = options.name;
    this.userId = options.userId;
    this.hub = hubs.get(hubName) ?? new Hub();
    hubs.set(hubName, this.hub);
  }

  async publish(messages: readonly OutgoingMessage[], { timeoutMs }: PublishOptions = {}): Promise<PublishOutcome[]> {
    this.assertOpen();
    const placed = messages.map((message) => this.hub.place(message, this));
    const fresh = placed.flatMap((place) =>
      Array.isArray(place) && !place.some(isPending) ? place.map(({ copy }) => copy.done) : [],
    );
    await this.waitFor(Promise.all(fresh), Math.min(timeoutMs ?? Infinity, this.options.confirmTimeoutMs));
    return placed.map((place) => (Array.isArray(place) ? outcomeOf(place) : place));
  }

  consume({ queue, prefetch }: ConsumeSpec, onDelivery: (delivery: Delivery) => void): Promise<Consumer> {
    try {
      this.assertOpen();
      const consumer = new MemoryConsumer(this.hub.queue(queue), prefetch, onDelivery);
      this.consumers.add(consumer);
      return Promise.resolve(consumer);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async request(message: OutgoingMessage, options: RequestOptions): Promise<InboundMessage> {
    this.assertOpen();
    const address = `amq.rabbitmq.reply-to.${randomUUID()}`;
    const answer = new Promise<InboundMessage>((resolve) => this.hub.callers.set(address, resolve));
    try {
      const place = this.hub.place({ ...message, mandatory: true, replyTo: address }, this);
      if (!Array.isArray(place))
        throw new DcmError('UNAVAILABLE', `Unable to call ${message.type}: ${place} by the broker`);
      return await awaitAnswer(answer, message, { ...options, gone: this.closing.signal });
    } finally {
      this.hub.callers.delete(address);
    }
  }

  reply(to: InboundMessage, answer: Pick<OutgoingMessage, 'type' | 'body' | 'contentType'>): Promise<void> {
    if (isDirectReplyTo(to.replyTo)) {
      const message = {
        ...answer,
        id: randomUUID(),
        exchange: '',
        routingKey: to.replyTo,
        ...(to.correlationId !== undefined && { correlationId: to.correlationId }),
      };
      this.hub.callers.get(to.replyTo)?.(toInbound(new Copy(message, this)));
    } else {
      this.options.log.warn(
        { replyTo: to.replyTo, userId: to.userId, routingKey: to.routingKey },
        'ignored a reply_to that is no direct one',
      );
    }
    return Promise.resolve();
  }

  assertTopology(topology: Topology): Promise<void> {
    return new Promise((resolve) => {
      this.assertOpen();
      this.hub.declare(topology);
      resolve();
    });
  }

  ready(): Promise<void> {
    return new Promise((resolve) => {
      this.assertOpen();
      resolve();
    });
  }

  isReady(): boolean {
    return !this.closing.signal.aborted;
  }

  canPublish(): boolean {
    return this.isReady();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all([...this.consumers].map((consumer) => consumer.close()));
  }

  private assertOpen(): void {
    if (!this.isReady())
      throw new DcmError('UNAVAILABLE', 'Unable to use the in-process broker: this connection is closed');
  }

  private async waitFor(done: Promise<unknown>, timeoutMs: number): Promise<void> {
    const settled = new AbortController();
    const limit = pause(timeoutMs, settled.signal);
    await Promise.race([done, limit]);
    settled.abort();
  }
}

/** A copy from an earlier publication that is still being handled is not waited for: its publisher did that once already. */
const isPending = ({ copy, isJoined }: Placement): boolean => isJoined && !copy.isDone;

/** A confirm that comes after this answer, or that others of the message already have, is kept until the publisher asks again. */
function outcomeOf(placements: readonly Placement[]): PublishOutcome {
  if (placements.every(({ copy }) => copy.isDone)) return 'confirmed';
  for (const { copy, queue } of placements) {
    copy.isAwaited = false;
    if (copy.isDone) queue.remember(copy);
  }
  return 'unconfirmed';
}
