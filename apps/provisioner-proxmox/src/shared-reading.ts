/**
 * Shares a reading among all who ask before it begins: who asks while one is under way gets the next one, for what that one
 * shows may be older than the question.
 */
export class SharedReading<T> {
  private current: Promise<T> | undefined;
  private next: Promise<T> | undefined;

  constructor(private readonly read: () => Promise<T>) {}

  /** @throws what reading throws; the signal's reason when it aborts first */
  async get(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    return untilAborted(this.current === undefined ? this.begin() : this.queue(this.current), signal);
  }

  private begin(): Promise<T> {
    const reading = this.read();
    this.current = reading;
    const done = (): void => {
      if (this.current === reading) this.current = undefined;
    };
    reading.then(done, done);
    return reading;
  }

  private queue(current: Promise<T>): Promise<T> {
    if (this.next !== undefined) return this.next;
    const after = (): Promise<T> => {
      this.next = undefined;
      return this.begin();
    };
    this.next = current.then(after, after);
    return this.next;
  }
}

/** Somebody who withdraws leaves the others their reading. */
function untilAborted<T>(reading: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    reading.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', giveUp);
    });
  });
}
