/** Where messaging tells what happens: pino's and Nest's argument order, object first. */
export interface Log {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Who publishes: stated on every message, and checked by RabbitMQ. */
export interface Publisher {
  readonly name: string;
  readonly userId: string;
}

/** A message on its way out. `id` is its identity: publishing it again under the same id is the safe retry. */
export interface OutgoingMessage {
  readonly id: string;
  /** '' is the broker's default exchange: the key is a queue's name. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly type: string;
  readonly body: Buffer;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Report `returned` when no queue takes it, instead of dropping it. */
  readonly mandatory?: boolean;
  /** Dropped by the broker when nobody took it in this time. */
  readonly expirationMs?: number;
  readonly correlationId?: string;
  readonly replyTo?: string;
}

/** A message as it arrived. `userId` is validated by the broker; everything else is the publisher's word, save exchange and key. */
export interface InboundMessage {
  readonly id: string | undefined;
  readonly exchange: string;
  readonly routingKey: string;
  readonly type: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly userId: string | undefined;
  readonly appId: string | undefined;
  /** ISO 8601, from the publisher's clock. */
  readonly sentAt: string | undefined;
  readonly replyTo: string | undefined;
  readonly correlationId: string | undefined;
  readonly redelivered: boolean;
}

/**
 * What became of one published message.
 * - `confirmed`: durably in every queue that wants it (in-process broker: handled by every consumer that wants it).
 * - `returned`: mandatory, and no queue wants it.
 * - `nacked`: a queue is full.
 * - `refused`: the broker will never take it: no such exchange, no permission, malformed.
 * - `unconfirmed`: not known (yet): publish it again under the same id.
 */
export type PublishOutcome = 'confirmed' | 'returned' | 'nacked' | 'refused' | 'unconfirmed';

export interface PublishOptions {
  /** How long to wait for the confirms; default and upper limit: the connection's `confirmTimeoutMs`. */
  readonly timeoutMs?: number;
}

/** One message handed to a consumer; it stays with the consumer until it is settled or lost. */
export interface Delivery {
  readonly queue: string;
  readonly message: InboundMessage;
  /** Aborts when the broker took the delivery back: settling does nothing any more and another consumer gets it. */
  readonly lost: AbortSignal;
  ack(): void;
  /** Gives it back unhandled, to the head of the queue. Counts as a delivery, so it is for shutting down, not for retrying. */
  requeue(): void;
}

export interface ConsumeSpec {
  readonly queue: string;
  /** How many deliveries may be unsettled at a time. */
  readonly prefetch: number;
}

export interface Consumer {
  /** Takes no further deliveries; those in hand can still be settled. */
  stop(): Promise<void>;
  /** Gives back what is not settled. */
  close(): Promise<void>;
}

export interface RequestOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface QueueBinding {
  readonly exchange: string;
  /** Topic pattern: `*` one word, `#` any number of words. */
  readonly key: string;
}

export interface QueueSpec {
  readonly name: string;
  readonly bindings: readonly QueueBinding[];
  /** Bindings that earlier versions made, and that are taken away. */
  readonly formerBindings?: readonly QueueBinding[];
  /** Where the broker puts what it gives up on; absent: it drops it (calls, which are worthless once their caller gave up). */
  readonly deadLetterExchange?: string;
  /** A full queue nacks. */
  readonly maxLength?: number;
}

export interface ExchangeSpec {
  readonly name: string;
  /** Takes what no queue wants. A mandatory message is then never returned. */
  readonly alternate?: string;
}

/** Durable topic exchanges and durable replicated queues. Declaring it again changes nothing. */
export interface Topology {
  readonly exchanges: readonly ExchangeSpec[];
  readonly queues: readonly QueueSpec[];
}

/** The small interface behind which RabbitMQ and the in-process broker stand. */
export interface Broker {
  readonly kind: 'rabbitmq' | 'in-process';
  /** The process's name, as given to `connectBroker`. */
  readonly name: string;
  /** The user under which everything is published. */
  readonly userId: string;
  /**
   * Publishes and waits for the confirms, in one round trip. One outcome per message, in order.
   * @throws DcmError UNAVAILABLE once the broker object is closed; a lost broker is the outcome `unconfirmed`.
   */
  publish(messages: readonly OutgoingMessage[], options?: PublishOptions): Promise<PublishOutcome[]>;
  /** Starts to consume and resolves once deliveries flow; the consumer survives reconnects. `onDelivery` settles each delivery. */
  consume(spec: ConsumeSpec, onDelivery: (delivery: Delivery) => void): Promise<Consumer>;
  /**
   * Sends a call and waits for its answer by direct reply-to.
   * @throws DcmError UNAVAILABLE when nobody listens, no answer came in time, or the broker was lost meanwhile: the call may have been carried out.
   */
  request(message: OutgoingMessage, options: RequestOptions): Promise<InboundMessage>;
  /** Answers a call. Only a direct reply-to address is answered; anything else is ignored with a warning. */
  reply(to: InboundMessage, answer: Pick<OutgoingMessage, 'type' | 'body' | 'contentType'>): Promise<void>;
  /**
   * Declares exchanges and queues now, and again after every reconnect. Waits for the broker.
   * @throws DcmError INTERNAL when something of that name stands there with other arguments.
   */
  assertTopology(topology: Topology): Promise<void>;
  /** Resolves when publishing and consuming work. @throws DcmError UNAVAILABLE once closed. */
  ready(): Promise<void>;
  /** True while publishing and every consumer work. */
  isReady(): boolean;
  /** True while a published message can reach the broker, whatever becomes of the consumers. */
  canPublish(): boolean;
  close(): Promise<void>;
}

const directReplyTo = 'amq.rabbitmq.reply-to.';

/**
 * True for an address made by the broker for the caller's own channel. Any other `reply_to` is a confused deputy: the
 * caller names a queue that it may not write to itself.
 * @see https://www.rabbitmq.com/docs/direct-reply-to
 */
export const isDirectReplyTo = (address: string | undefined): address is string =>
  address?.startsWith(directReplyTo) ?? false;
