import { DcmError, type DcmErrorBody, type Reply } from '@dcm/contracts';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { isDirectReplyTo, type Broker, type Delivery, type InboundMessage, type Log } from '../broker';
import { errorBodyOf } from '../dead-letter';
import { isInfrastructureError } from '../infrastructure.errors';
import { DcmContext } from './dcm-context';
import type { DcmMessage } from './dcm-message';
import { decodeMessage } from './decode-message';
import { HandlerRoutes, type HandlerOptions, type HandlerRoute } from './handler-routes';
import { QueueWorker, type Job } from './queue-worker';
import { defaultRetryRules, type RetryRules } from './settlement.policy';

export interface ConsumedQueue {
  readonly name: string;
  /** Default: the transport's. */
  readonly prefetch?: number;
  /** Messages of one key are handled in order, others side by side. */
  readonly orderBy?: (message: DcmMessage) => string | undefined;
}

export interface DcmTransportOptions {
  readonly broker: Broker;
  readonly queues: readonly (string | ConsumedQueue)[];
  /** Unsettled deliveries per queue, and so the handlers that run at a time; default 32. */
  readonly prefetch?: number;
  /** How long `close` waits for running handlers; default 10 000. */
  readonly drainMs?: number;
  readonly retry?: Partial<RetryRules>;
  /** Default 4 MiB. */
  readonly maxBodyBytes?: number;
  readonly log: Log;
}

/** For the second argument of Nest's decorators in an app with several kinds of transport. */
export const dcmTransportId = Symbol.for('dcm');

const answerType = 'io.dcm.reply.v1';

/**
 * Nest's way in: consumes queues and gives each message to the `@EventPattern` or `@MessagePattern` whose pattern matches its routing key.
 * An event's handler that resolves acks it. A call's handler answers with what it returns or throws; an event with a direct reply-to is
 * answered too. Needs `PassThroughFilter`.
 */
export class DcmTransport extends Server implements CustomTransportStrategy {
  override readonly transportId = dcmTransportId;
  private readonly routes = new HandlerRoutes();
  private readonly queues: readonly ConsumedQueue[];
  private workers: QueueWorker[] = [];
  private started: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: DcmTransportOptions) {
    super();
    this.setOnProcessingEndHook(() => undefined);
    this.queues = options.queues.map((queue) => (typeof queue === 'string' ? { name: queue } : queue));
  }

  /** @internal Called by Nest for each decorated method. */
  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: HandlerOptions = {},
  ): void {
    if (typeof pattern !== 'string')
      throw new DcmError('INTERNAL', 'Unable to register a handler: its pattern is not a routing key');
    this.routes.add({ pattern, options: extras, handler: callback, isCall: !isEventHandler });
    this.messageHandlers.set(JSON.stringify([pattern, extras]), callback);
  }

  /** @internal Called by Nest. Does not wait for the broker, so that an app starts while it is away; see `ready`. */
  listen(callback: (error?: unknown) => void): void {
    try {
      this.routes.check(this.queues.map((queue) => queue.name));
      this.workers = this.queues.map((queue) => this.workerOf(queue));
      this.started = Promise.all(this.workers.map((worker) => worker.start()));
      this.started.catch((error: unknown) => {
        this.options.log.error({ err: error }, 'Unable to consume');
      });
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /** Resolves once every queue is consumed. */
  async ready(): Promise<void> {
    await this.started;
  }

  /** Takes no more messages, waits for running handlers up to `drainMs` and gives back the rest. The broker stays open. */
  async close(): Promise<void> {
    const workers = this.workers;
    this.workers = [];
    await Promise.all(workers.map((worker) => worker.close()));
  }

  /** @internal Not used: what happens is told to the log. */
  on(): never {
    throw new DcmError('INTERNAL', 'Unable to listen to the transport: it emits no events');
  }

  /** @returns the `Broker`. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Nest's signature
  unwrap<T>(): T {
    return this.options.broker as T;
  }

  /**
   * Gives a message to its handler as if the queue delivered it now, once: to replay a dead letter, with `userId` set to its publisher.
   * @returns the handler's value.
   * @throws whatever decoding or the handler throws.
   */
  async redeliver(queue: string, message: InboundMessage): Promise<unknown> {
    const route = this.routeOf(queue, message);
    return this.invoke(
      route,
      this.payloadOf(route, queue, message),
      new DcmContext([message, new AbortController().signal, 1]),
    );
  }

  private workerOf({ name, prefetch, orderBy }: ConsumedQueue): QueueWorker {
    const { broker, log, drainMs = 10_000 } = this.options;
    return new QueueWorker({
      broker,
      queue: name,
      prefetch: prefetch ?? this.options.prefetch ?? 32,
      drainMs,
      retry: { ...defaultRetryRules, ...this.options.retry },
      log,
      toJob: (delivery) => this.jobOf(delivery, orderBy),
    });
  }

  private jobOf(delivery: Delivery, orderBy: ConsumedQueue['orderBy']): Job {
    const { message, queue } = delivery;
    const refuse = (error: DcmErrorBody): Promise<void> => this.answer(message, { ok: false, error });
    try {
      const route = this.routeOf(queue, message);
      const payload = this.payloadOf(route, queue, message);
      const orderKey = 'body' in payload ? undefined : orderBy?.(payload);
      return {
        orderKey,
        refuse,
        run: (attempt) => this.handle(route, payload, new DcmContext([message, delivery.lost, attempt])),
      };
    } catch (error) {
      return {
        orderKey: undefined,
        refuse,
        run: () => Promise.reject(error instanceof Error ? error : new Error(String(error))),
      };
    }
  }

  private routeOf(queue: string, message: InboundMessage): HandlerRoute {
    const route = this.routes.find(queue, message);
    if (route !== undefined) return route;
    throw new DcmError(
      'INVALID_REQUEST',
      `Unable to handle the message: nothing listens to ${message.routingKey} of ${message.exchange} on ${queue}`,
    );
  }

  private payloadOf(route: HandlerRoute, queue: string, message: InboundMessage): DcmMessage | InboundMessage {
    if (route.options.raw === true) return message;
    return decodeMessage(message, {
      queue,
      isCall: route.isCall,
      maxBodyBytes: this.options.maxBodyBytes ?? 4 * 1024 * 1024,
    });
  }

  private async handle(route: HandlerRoute, payload: DcmMessage | InboundMessage, context: DcmContext): Promise<void> {
    const isAnswerable = route.isCall && isDirectReplyTo(context.message.replyTo);
    try {
      const value = await this.invoke(route, payload, context);
      if (route.isCall || value !== undefined) await this.answer(context.message, { ok: true, value: value ?? null });
    } catch (error) {
      if (!isAnswerable) throw error;
      this.options.log.info({ err: error, routingKey: context.message.routingKey }, 'answered a call with an error');
      await this.answer(context.message, { ok: false, error: answerableError(error) });
    }
  }

  /** Between Nest's hooks, as its own transports do. */
  private invoke(route: HandlerRoute, payload: DcmMessage | InboundMessage, context: DcmContext): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const run = async (): Promise<void> => {
        try {
          const result: unknown = await route.handler(payload, context);
          resolve(isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result);
        } catch (error) {
          reject(this.unhidden(error));
        } finally {
          this.onProcessingEndHook(this.transportId, context);
        }
      };
      this.onProcessingStartHook(this.transportId, context, run);
    });
  }

  private unhidden(error: unknown): Error {
    if (error instanceof Error) return error;
    this.options.log.error(
      { thrown: error },
      'a handler threw what is no Error, or PassThroughFilter is not registered and Nest hides its errors',
    );
    return new DcmError('INTERNAL', 'Unable to handle the message: its error is hidden', { cause: error });
  }

  /** An answer that cannot be sent is not worth carrying out the call again: its caller stops waiting by itself. */
  private async answer(message: InboundMessage, reply: Reply): Promise<void> {
    if (message.replyTo === undefined) return;
    try {
      const body = Buffer.from(JSON.stringify(reply));
      await this.options.broker.reply(message, { type: answerType, contentType: 'application/json', body });
    } catch (error) {
      this.options.log.warn({ err: error, routingKey: message.routingKey }, 'Unable to answer a call');
    }
  }
}

/** A call is answered once and at once: what passes by itself is for the caller to repeat. */
const answerableError = (error: unknown): DcmErrorBody => {
  if (error instanceof DcmError) return error.toBody();
  const message = 'Unable to carry out the call: a part of DCM is not reachable';
  if (isInfrastructureError(error)) return { code: 'UNAVAILABLE', message };
  return errorBodyOf(error);
};
