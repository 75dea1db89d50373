interface Kept<T> {
  readonly item: T;
  readonly at: number;
}

export interface TrayOptions {
  /** What comes when it holds so many is not kept. */
  readonly size: number;
  /** What lay for longer is not given out. */
  readonly staleMs: number;
}

/** Keeps items for a short while, in order. What it does not keep, or does not give out any more, somebody else finds. */
export class Tray<T> {
  private kept: Kept<T>[] = [];

  constructor(private readonly options: TrayOptions) {}

  get isEmpty(): boolean {
    return this.kept.length === 0;
  }

  /** @param now milliseconds of a monotonic clock. */
  put(items: readonly T[], now: number): void {
    const free = Math.max(0, this.options.size - this.kept.length);
    for (const item of items.slice(0, free)) this.kept.push({ item, at: now });
  }

  /** Up to `most` items that are not stale, oldest first. */
  take(most: number, now: number): T[] {
    const from = this.kept.findIndex(({ at }) => now - at < this.options.staleMs);
    const first = from === -1 ? this.kept.length : from;
    const taken = this.kept.slice(first, first + most);
    this.kept = this.kept.slice(first + taken.length);
    return taken.map(({ item }) => item);
  }
}
