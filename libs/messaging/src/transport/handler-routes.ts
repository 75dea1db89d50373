import { DcmError } from '@dcm/contracts';
import type { MessageHandler } from '@nestjs/microservices';
import type { InboundMessage } from '../broker';
import { topicMatches } from '../topic-match';

/**
 * The last argument of `@EventPattern(key, options)` and `@MessagePattern(key, options)`. A transport with several queues needs `queue` or
 * `exchange` on every handler: else a message published on one exchange could reach a handler meant for another by its key alone.
 */
export interface HandlerOptions {
  /** Only what this queue delivers. */
  readonly queue?: string;
  /** Only what was published on this exchange, as the broker says. */
  readonly exchange?: string;
  /** The payload is the undecoded `InboundMessage`: for dead letters. */
  readonly raw?: boolean;
}

/** One handler with what it listens to. */
export interface HandlerRoute {
  readonly pattern: string;
  readonly options: HandlerOptions;
  readonly handler: MessageHandler;
  /** `@MessagePattern`: its result, also a failure, is the answer. */
  readonly isCall: boolean;
}

const maxCached = 10_000;

/** Finds the handler of a message by queue, exchange and routing key; exact keys before patterns, then in order of registration. */
export class HandlerRoutes {
  private readonly routes: HandlerRoute[] = [];
  private readonly cache = new Map<string, HandlerRoute | null>();

  /** @throws DcmError INTERNAL for a second handler of the same thing. */
  add(route: HandlerRoute): void {
    const { queue, exchange } = route.options;
    const twin = this.routes.find(
      (other) =>
        other.pattern === route.pattern && other.options.queue === queue && other.options.exchange === exchange,
    );
    if (twin !== undefined)
      throw new DcmError('INTERNAL', `Unable to register handler ${describe(route)}: there is one already`);
    this.routes.push(route);
  }

  /** @throws DcmError INTERNAL when a handler could be reached from a queue that it does not mean. */
  check(queues: readonly string[]): void {
    const open =
      queues.length < 2
        ? undefined
        : this.routes.find(({ options }) => options.queue === undefined && options.exchange === undefined);
    if (open !== undefined) {
      throw new DcmError(
        'INTERNAL',
        `Unable to start handler ${describe(open)}: name its queue or exchange, since the transport has ${queues.length} queues`,
      );
    }
  }

  find(queue: string, message: Pick<InboundMessage, 'exchange' | 'routingKey'>): HandlerRoute | undefined {
    const place = JSON.stringify([queue, message.exchange, message.routingKey]);
    const cached = this.cache.get(place);
    if (cached !== undefined) return cached ?? undefined;
    const found = this.search(queue, message);
    if (this.cache.size < maxCached) this.cache.set(place, found ?? null);
    return found;
  }

  private search(
    queue: string,
    { exchange, routingKey }: Pick<InboundMessage, 'exchange' | 'routingKey'>,
  ): HandlerRoute | undefined {
    const here = this.routes.filter(
      ({ options }) => (options.queue ?? queue) === queue && (options.exchange ?? exchange) === exchange,
    );
    return (
      here.find(({ pattern }) => pattern === routingKey) ??
      here.find(({ pattern }) => topicMatches(pattern, routingKey))
    );
  }
}

const describe = ({ pattern, options }: HandlerRoute): string =>
  `${pattern} of ${options.queue ?? options.exchange ?? 'any queue'}`;
