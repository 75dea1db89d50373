import type { Consumer, Delivery, InboundMessage } from '../broker';
import { popularController } from '../pause';
import type { Copy } from './copy';
import type { MemoryQueue, Taker } from './memory-queue';

/** One consumer of a queue in memory. */
export class MemoryConsumer implements Consumer, Taker {
  private readonly unsettled = new Set<Copy>();
  private readonly lost = popularController();

  constructor(
    private readonly queue: MemoryQueue,
    private readonly prefetch: number,
    private readonly onDelivery: (delivery: Delivery) => void,
  ) {
    queue.attach(this);
  }

  get hasRoom(): boolean {
    return this.unsettled.size < this.prefetch;
  }

  deliver(copy: Copy): void {
    this.unsettled.add(copy);
    this.onDelivery({
      queue: this.queue.spec.name,
      message: toInbound(copy),
      lost: this.lost.signal,
      ack: () => {
        if (this.unsettled.delete(copy)) this.queue.settle(copy);
      },
      requeue: () => {
        if (this.unsettled.delete(copy)) this.queue.putBack([copy]);
      },
    });
  }

  stop(): Promise<void> {
    this.queue.detach(this);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.stop();
    const copies = [...this.unsettled];
    this.unsettled.clear();
    this.lost.abort();
    this.queue.putBack(copies);
  }
}

/** The consumer's own view: it can change neither the copy nor what others see. */
export function toInbound({ message, publisher, headers, redelivered }: Copy): InboundMessage {
  return {
    id: message.id,
    exchange: message.exchange,
    routingKey: message.routingKey,
    type: message.type === '' ? undefined : message.type,
    contentType: message.contentType === '' ? undefined : message.contentType,
    body: Buffer.from(message.body),
    headers: { ...headers },
    userId: publisher.userId,
    appId: publisher.name,
    sentAt: new Date().toISOString(),
    replyTo: message.replyTo,
    correlationId: message.correlationId,
    redelivered,
  };
}
