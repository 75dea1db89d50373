interface Visitor {
  readonly places: number;
  readonly admit: () => void;
}

/**
 * Lets so many through at once and keeps the rest waiting in order of arrival: one who needs many places is not overtaken
 * by those who need few. Node's agent cannot do this for connections that are verified before they are handed over: it does
 * not count those still being made.
 */
export class ConcurrencyGate {
  private readonly waiting = new Set<Visitor>();
  private free: number;

  /** @param places how many there are */
  constructor(private readonly places: number) {
    this.free = places;
  }

  /** Whether one who came now would have to wait. */
  isFull(places = 1): boolean {
    return this.waiting.size > 0 || this.free < this.needed(places);
  }

  /**
   * Waits for places; who needs more than there are takes all.
   * @returns the function that gives them back
   * @throws the signal's reason when it aborts first
   */
  async enter(signal: AbortSignal, places = 1): Promise<() => void> {
    signal.throwIfAborted();
    const needed = this.needed(places);
    if (this.isFull(needed)) await this.turn(signal, needed);
    else this.free -= needed;
    return () => {
      this.free += needed;
      this.admitNext();
    };
  }

  private needed(places: number): number {
    return Math.min(places, this.places);
  }

  private turn(signal: AbortSignal, places: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const admit = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const visitor = { places, admit };
      const giveUp = (): void => {
        this.waiting.delete(visitor);
        // The next may need less.
        this.admitNext();
        reject(signal.reason as Error);
      };
      this.waiting.add(visitor);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Places go straight to the next in line, so that nobody who comes later can take them. */
  private admitNext(): void {
    for (const visitor of this.waiting) {
      if (visitor.places > this.free) return;
      this.free -= visitor.places;
      this.waiting.delete(visitor);
      visitor.admit();
    }
  }
}
