/**
 * Lets so many calls through at once and keeps the rest waiting in order of arrival. Node's agent cannot do this for
 * connections that are verified before they are handed over: it does not count those still being made.
 */
export class ConcurrencyGate {
  private readonly waiting = new Set<() => void>();
  private free: number;

  /** @param places how many may be inside at once */
  constructor(places: number) {
    this.free = places;
  }

  /**
   * Waits for a place.
   * @returns the function that gives the place back
   * @throws the signal's reason when it aborts first
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.free > 0) this.free -= 1;
    else await this.turn(signal);
    return () => {
      this.leave();
    };
  }

  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const admit = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.waiting.delete(admit);
        reject(signal.reason as Error);
      };
      this.waiting.add(admit);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** The place goes straight to the next in line, so that nobody who comes later can take it. */
  private leave(): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.free += 1;
      return;
    }
    this.waiting.delete(next);
    next();
  }
}
