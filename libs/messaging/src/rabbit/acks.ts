import type { ConsumeMessage } from 'amqplib';

/** Sends one ack; `upTo`: for every delivery of the channel up to this one. */
type Send = (message: ConsumeMessage, upTo: boolean) => void;

/**
 * Gathers the acks of one turn of the event loop, and sends one for all deliveries from the oldest that is open: what was committed together
 * is acked together. The broker writes an ack of a quorum queue to its log, so one for fifty costs it little more than one for one.
 */
export class Acks {
  /** Delivered and not settled, in the order of delivery. */
  private readonly open = new Map<number, ConsumeMessage>();
  private readonly due = new Set<number>();
  private isScheduled = false;

  constructor(private readonly send: Send) {}

  delivered(message: ConsumeMessage): void {
    this.open.set(message.fields.deliveryTag, message);
  }

  /** It is acked when this turn of the event loop is over, or at `flush`. */
  ack({ fields: { deliveryTag } }: ConsumeMessage): void {
    this.due.add(deliveryTag);
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.flush();
    });
  }

  /** It was given back by itself, and no ack may cover it. */
  givenBack({ fields: { deliveryTag } }: ConsumeMessage): void {
    this.open.delete(deliveryTag);
  }

  /** Sends what is due. */
  flush(): void {
    const first: ConsumeMessage[] = [];
    for (const [tag, message] of this.open) {
      if (!this.due.has(tag)) break;
      first.push(message);
    }
    const newest = first.at(-1);
    this.close(first);
    if (newest !== undefined) this.send(newest, first.length > 1);
    const single = [...this.due].flatMap((tag) => this.open.get(tag) ?? []);
    this.close(single);
    this.due.clear();
    for (const message of single) this.send(message, false);
  }

  private close(messages: readonly ConsumeMessage[]): void {
    for (const { fields } of messages) {
      this.open.delete(fields.deliveryTag);
      this.due.delete(fields.deliveryTag);
    }
  }
}
