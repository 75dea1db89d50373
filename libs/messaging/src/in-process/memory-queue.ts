import type { OutgoingMessage, QueueSpec } from '../broker';
import type { Copy } from './copy';

/** How often a copy may be delivered before it is given up: RabbitMQ's limit, see `declare-topology.ts`. */
export const deliveryLimit = 20;

/** Whoever takes copies from a queue. */
export interface Taker {
  readonly hasRoom: boolean;
  deliver(copy: Copy): void;
}

const maxRemembered = 10_000;

/** A queue in memory: competing consumers in turn, each within its prefetch; what is not acked comes back to the head. */
export class MemoryQueue {
  private readonly waiting: Copy[] = [];
  private readonly present = new Map<string, Copy[]>();
  /** Confirms whose publisher had stopped waiting. */
  private readonly unreported = new Map<string, Copy>();
  private readonly consumers: Taker[] = [];
  private isPumpDue = false;

  constructor(
    readonly spec: QueueSpec,
    private readonly giveUp: (copy: Copy, queue: MemoryQueue) => void,
  ) {}

  get isFull(): boolean {
    return this.waiting.length >= (this.spec.maxLength ?? Infinity);
  }

  /** The copy of this very message that is still here or was handled without its publisher knowing. */
  find(message: OutgoingMessage): Copy | undefined {
    const here = this.present.get(message.id)?.find((copy) => copy.isSameAs(message));
    if (here !== undefined) return here;
    const handled = this.unreported.get(message.id);
    if (handled?.isSameAs(message) !== true) return undefined;
    this.unreported.delete(message.id);
    return handled;
  }

  add(copy: Copy): void {
    const { id } = copy.message;
    this.present.set(id, [...(this.present.get(id) ?? []), copy]);
    this.waiting.push(copy);
    this.pumpSoon();
  }

  /** Keeps a confirm for a publisher that stopped waiting. */
  remember(copy: Copy): void {
    this.unreported.set(copy.message.id, copy);
    if (this.unreported.size <= maxRemembered) return;
    const [oldest] = this.unreported.keys();
    if (oldest !== undefined) this.unreported.delete(oldest);
  }

  settle(copy: Copy): void {
    this.forget(copy);
    copy.settle();
    if (!copy.isAwaited) this.remember(copy);
    this.pumpSoon();
  }

  /** Back to the head, in the order in which they were delivered. */
  putBack(copies: readonly Copy[]): void {
    const kept = copies.filter((copy) => {
      copy.redelivered = true;
      if (copy.deliveries <= deliveryLimit) return true;
      this.forget(copy);
      this.giveUp(copy, this);
      return false;
    });
    this.waiting.unshift(...kept);
    this.pumpSoon();
  }

  attach(consumer: Taker): void {
    this.consumers.push(consumer);
    this.pumpSoon();
  }

  detach(consumer: Taker): void {
    const index = this.consumers.indexOf(consumer);
    if (index >= 0) this.consumers.splice(index, 1);
  }

  pumpSoon(): void {
    if (this.isPumpDue) return;
    this.isPumpDue = true;
    setImmediate(() => {
      this.isPumpDue = false;
      this.pump();
    });
  }

  private pump(): void {
    for (;;) {
      while (this.waiting[0]?.isExpired === true) this.expire();
      const consumer = this.waiting.length === 0 ? undefined : this.nextConsumer();
      const copy = consumer === undefined ? undefined : this.waiting.shift();
      if (consumer === undefined || copy === undefined) return;
      copy.deliveries += 1;
      consumer.deliver(copy);
    }
  }

  private expire(): void {
    const copy = this.waiting.shift();
    if (copy !== undefined) this.settle(copy);
  }

  /** The first with room; it then goes to the end of the row. */
  private nextConsumer(): Taker | undefined {
    const index = this.consumers.findIndex((consumer) => consumer.hasRoom);
    const [consumer] = index < 0 ? [] : this.consumers.splice(index, 1);
    if (consumer !== undefined) this.consumers.push(consumer);
    return consumer;
  }

  private forget(copy: Copy): void {
    const { id } = copy.message;
    const others = (this.present.get(id) ?? []).filter((other) => other !== copy);
    if (others.length === 0) this.present.delete(id);
    else this.present.set(id, others);
  }
}
