/** Holds something that comes and goes, and lets others wait for it. */
export class Slot<T extends object> {
  private held: T | undefined;
  private isClosed = false;
  private readonly waiting = new Set<() => void>();

  get value(): T | undefined {
    return this.held;
  }

  fill(value: T): void {
    if (this.isClosed) return;
    this.held = value;
    this.wakeAll();
  }

  empty(): void {
    this.held = undefined;
  }

  /** Empties it for good; who waits gets undefined. */
  close(): void {
    this.isClosed = true;
    this.held = undefined;
    this.wakeAll();
  }

  /** Resolves with what it holds or will hold; undefined after `timeoutMs` or when it is closed. */
  async when(timeoutMs?: number): Promise<T | undefined> {
    const deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
    while (this.held === undefined && !this.isClosed) {
      const leftMs = deadline === undefined ? undefined : deadline - performance.now();
      if (leftMs !== undefined && leftMs <= 0) return undefined;
      await this.nextChange(leftMs);
    }
    return this.held;
  }

  private nextChange(timeoutMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.waiting.delete(end);
        resolve();
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs);
      this.waiting.add(end);
    });
  }

  private wakeAll(): void {
    for (const wake of [...this.waiting]) wake();
  }
}
