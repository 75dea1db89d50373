/** Remembers what was read last; however many ask at once, it is read once. */
export class Cached<T> {
  private last: { readonly value: T; readonly readAt: number } | undefined;
  private reading: Promise<T> | undefined;

  /** @param now a monotonic clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * What is remembered, when it is young enough; else what `read` finds.
   * Somebody who withdraws while others wait for his reading makes it fail: they read for themselves.
   */
  async get(maxAgeMs: number, read: () => Promise<T>): Promise<T> {
    if (this.last !== undefined && this.now() - this.last.readAt <= maxAgeMs) return this.last.value;
    if (this.reading === undefined) return this.read(read);
    try {
      return await this.reading;
    } catch {
      return this.read(read);
    }
  }

  /** Remembers what was read in another way. */
  set(value: T): void {
    this.last = { value, readAt: this.now() };
  }

  private async read(read: () => Promise<T>): Promise<T> {
    const startedAt = this.now();
    const reading = read();
    this.reading = reading;
    try {
      const value = await reading;
      this.last = { value, readAt: startedAt };
      return value;
    } finally {
      if (this.reading === reading) this.reading = undefined;
    }
  }
}
