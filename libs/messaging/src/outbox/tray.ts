interface Kept<T> {
  readonly item: T;
  readonly at: number;
}

export interface TrayOptions {
  readonly size: number;
  /** How long an item may lie. */
  readonly staleMs: number;
}

/** Keeps items for a short while, in order. */
export class Tray<T> {
  private kept: Kept<T>[] = [];

  constructor(private readonly options: TrayOptions) {}

  get size(): number {
    return this.kept.length;
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Keeps all of them or none. @param now milliseconds of a monotonic clock. @returns whether they fit. */
  put(items: readonly T[], now: number): boolean {
    if (this.kept.length + items.length > this.options.size) return false;
    for (const item of items) this.kept.push({ item, at: now });
    return true;
  }

  /** Whether the oldest item lay too long. */
  isStale(now: number): boolean {
    const [oldest] = this.kept;
    return oldest !== undefined && now - oldest.at >= this.options.staleMs;
  }

  /** Up to `most` items, oldest first. */
  take(most: number): T[] {
    return this.kept.splice(0, most).map(({ item }) => item);
  }

  /** All of them. */
  clear(): T[] {
    return this.take(this.kept.length);
  }
}
