import { DcmError } from '@dcm/contracts';
import type {
  ExchangeSpec,
  InboundMessage,
  OutgoingMessage,
  Publisher,
  QueueBinding,
  QueueSpec,
  Topology,
} from '../broker';
import { topicMatches } from '../topic-match';
import { Copy } from './copy';
import { MemoryQueue } from './memory-queue';

/** Where one message stands: in a queue's copy, each of which must be handled before it is confirmed. */
export interface Placement {
  readonly queue: MemoryQueue;
  readonly copy: Copy;
  /** It stood there already, from an earlier publication. */
  readonly isJoined: boolean;
}

/** Exchanges, bindings and queues of one in-process broker, shared by all its connections. */
export class Hub {
  private readonly exchanges = new Map<string, ExchangeSpec>();
  private readonly queues = new Map<string, MemoryQueue>();
  private bindings: (QueueBinding & { readonly queue: MemoryQueue })[] = [];
  private readonly routes = new Map<string, readonly MemoryQueue[]>();
  /** Who waits for an answer, by its direct reply-to address. */
  readonly callers = new Map<string, (answer: InboundMessage) => void>();

  /** @throws DcmError INTERNAL when something of that name has other arguments. */
  declare(topology: Topology): void {
    for (const exchange of topology.exchanges) this.declareExchange(exchange);
    for (const queue of topology.queues) this.declareQueue(queue);
    for (const { name, formerBindings = [] } of topology.queues)
      for (const former of formerBindings) this.unbind(name, former);
    this.routes.clear();
  }

  /** @throws DcmError INTERNAL when there is no such queue. */
  queue(name: string): MemoryQueue {
    const queue = this.queues.get(name);
    if (queue === undefined) throw new DcmError('INTERNAL', `Unable to consume queue ${name}: it is not declared`);
    return queue;
  }

  /** Puts a message into every queue that wants it, or says why not. */
  place(message: OutgoingMessage, publisher: Publisher): Placement[] | 'refused' | 'returned' | 'nacked' {
    const queues = this.route(message.exchange, message.routingKey);
    if (queues === undefined) return 'refused';
    if (queues.length === 0) return message.mandatory === true ? 'returned' : [];
    const placements = queues.map((queue) => this.placeIn(queue, message, publisher));
    return placements.some((placement) => placement === undefined)
      ? 'nacked'
      : placements.filter((placement) => placement !== undefined);
  }

  private placeIn(queue: MemoryQueue, message: OutgoingMessage, publisher: Publisher): Placement | undefined {
    const earlier = queue.find(message);
    if (earlier !== undefined) return { queue, copy: earlier, isJoined: true };
    if (queue.isFull) return undefined;
    const copy = new Copy({ ...message, body: Buffer.from(message.body) }, publisher);
    queue.add(copy);
    return { queue, copy, isJoined: false };
  }

  /** @returns undefined when there is no such exchange. */
  private route(exchange: string, key: string): readonly MemoryQueue[] | undefined {
    if (exchange === '') {
      const queue = this.queues.get(key);
      return queue === undefined ? [] : [queue];
    }
    const spec = this.exchanges.get(exchange);
    if (spec === undefined) return undefined;
    const place = JSON.stringify([exchange, key]);
    const cached = this.routes.get(place);
    if (cached !== undefined) return cached;
    const bound = this.bindings.filter((binding) => binding.exchange === exchange && topicMatches(binding.key, key));
    const queues = [...new Set(bound.map((binding) => binding.queue))];
    const found =
      queues.length === 0 && spec.alternate !== undefined ? (this.route(spec.alternate, key) ?? []) : queues;
    if (this.routes.size < 10_000) this.routes.set(place, found);
    return found;
  }

  private declareExchange(spec: ExchangeSpec): void {
    const standing = this.exchanges.get(spec.name);
    if (standing !== undefined && standing.alternate !== spec.alternate) throw conflictOf('exchange', spec.name);
    this.exchanges.set(spec.name, spec);
  }

  private declareQueue(spec: QueueSpec): void {
    const standing = this.queues.get(spec.name);
    const isOther =
      standing?.spec.deadLetterExchange !== spec.deadLetterExchange || standing?.spec.maxLength !== spec.maxLength;
    if (standing !== undefined && isOther) throw conflictOf('queue', spec.name);
    const queue =
      standing ??
      new MemoryQueue(spec, (copy, from) => {
        this.deadLetter(copy, from);
      });
    this.queues.set(spec.name, queue);
    for (const binding of spec.bindings) {
      const isBound = this.bindings.some(
        (other) => other.queue === queue && other.exchange === binding.exchange && other.key === binding.key,
      );
      if (!isBound) this.bindings.push({ ...binding, queue });
    }
  }

  private unbind(queue: string, { exchange, key }: QueueBinding): void {
    this.bindings = this.bindings.filter(
      (binding) => binding.queue.spec.name !== queue || binding.exchange !== exchange || binding.key !== key,
    );
  }

  /** Moves a copy that was delivered too often, as RabbitMQ does: its confirm now depends on the dead letter's. */
  private deadLetter(copy: Copy, from: MemoryQueue): void {
    const { name, deadLetterExchange } = from.spec;
    const targets = deadLetterExchange === undefined ? [] : (this.route(deadLetterExchange, name) ?? []);
    const letters = targets.map((queue) => {
      const letter = letterOf(copy, deadLetterExchange ?? '', name);
      queue.add(letter);
      return letter.done;
    });
    void Promise.all(letters).then(() => {
      from.settle(copy);
    });
  }
}

/** @see https://www.rabbitmq.com/docs/dlx#effects */
function letterOf({ message, publisher, headers }: Copy, exchange: string, queue: string): Copy {
  const { id, type, body, contentType } = message;
  const death = {
    reason: 'delivery_limit',
    queue,
    exchange: message.exchange,
    'routing-keys': [message.routingKey],
    count: 1,
  };
  return new Copy({ id, type, body, contentType, exchange, routingKey: queue }, publisher, {
    ...headers,
    'x-death': [death],
  });
}

const conflictOf = (kind: string, name: string): DcmError =>
  new DcmError('INTERNAL', `Unable to declare ${kind} ${name}: one of that name stands there with other arguments`);
