import type { OutgoingMessage, Publisher } from '../broker';

/** A message as it stands in one queue. */
export class Copy {
  /** Resolves when it is acked or has expired. */
  readonly done: Promise<void>;
  isDone = false;
  redelivered = false;
  deliveries = 0;
  /** False once its publisher stopped waiting: the confirm is then kept for when it asks again. */
  isAwaited = true;
  private resolve!: () => void;
  private readonly expiresAt: number;

  constructor(
    readonly message: OutgoingMessage,
    readonly publisher: Publisher,
    readonly headers: Readonly<Record<string, unknown>> = message.headers ?? {},
  ) {
    this.done = new Promise((resolve) => (this.resolve = resolve));
    this.expiresAt = message.expirationMs === undefined ? Infinity : performance.now() + message.expirationMs;
  }

  get isExpired(): boolean {
    return performance.now() >= this.expiresAt;
  }

  settle(): void {
    this.isDone = true;
    this.resolve();
  }

  /** True for the same message published again; two publishers that use one id for different things are told apart. */
  isSameAs(message: OutgoingMessage): boolean {
    const own = this.message;
    if (own.replyTo !== message.replyTo) return false;
    return (
      own.id === message.id &&
      own.exchange === message.exchange &&
      own.routingKey === message.routingKey &&
      own.body.equals(message.body)
    );
  }
}
