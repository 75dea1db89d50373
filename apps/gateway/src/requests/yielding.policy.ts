/** How many requests may be handed on at a time, and for how long nothing is handed on behind them. */
export interface Portion {
  /** Infinity: all that are there. */
  readonly batch: number;
  readonly restMs: number;
}

export interface YieldingOptions {
  /** Accepting that takes longer than this is slow, unless it never was faster here. Milliseconds. */
  readonly targetMs: number;
  /** So many requests a second are handed on however slow accepting is. */
  readonly leastPerSecond: number;
}

const portionMs = 100;
/** From here on nothing is held back. */
const freePerSecond = 2_000;
/** What the least rate hands on in this time goes out at once when accepting is quick again: it makes no rush. */
const briefMs = 500;
const slower = 0.5;
const faster = 1.2;
/** A slow disk is no full machine: slow is what takes so many times as long as the best of the last minute. */
const timesBest = 4;
const bucketMs = 10_000;
const buckets = 6;
/** From this share of slow on, the machine is busy: requests gather for so long, since what goes together costs every room behind less. */
const busy = 1 / 3;
const gatherMs = 50;

/**
 * Says how fast accepted requests are handed on. While accepting is slow the machine is full, and whoever waits at the door waits for work
 * that is durable and could wait itself: so the door hands on less, down to a least rate. Once accepting is quick again it hands on more,
 * and soon without any limit; at once where little was held back. While the machine is no more than busy, it hands on all that it has, a
 * little gathered.
 */
export class Yielding {
  private perSecond = Infinity;
  private isBusy = false;
  private readonly best: number[] = [Infinity];
  private bucketEndsAt = -Infinity;
  private sum = 0;
  private count = 0;
  private since: number | undefined;

  constructor(private readonly options: YieldingOptions) {}

  /** Notes how long a request took to be accepted. */
  note(tookMs: number, now: number): void {
    if (now >= this.bucketEndsAt) {
      this.bucketEndsAt = now + bucketMs;
      this.best.unshift(Infinity);
      this.best.length = Math.min(this.best.length, buckets);
    }
    this.best[0] = Math.min(this.best[0] ?? Infinity, tookMs);
    this.sum += tookMs;
    this.count += 1;
  }

  /**
   * @param now milliseconds of a monotonic clock.
   * @param waiting requests that are to be handed on now; Infinity where nobody counts them.
   * @returns undefined when whatever comes is to be handed on at once.
   */
  portion(now: number, waiting: number): Portion | undefined {
    const elapsedMs = Math.max(1, now - (this.since ?? now));
    if (this.since === undefined || elapsedMs >= portionMs - 1) this.adjust(elapsedMs, now, waiting);
    if (this.perSecond >= freePerSecond) return this.isBusy ? { batch: Infinity, restMs: gatherMs } : undefined;
    return { batch: Math.ceil((this.perSecond * portionMs) / 1000), restMs: portionMs };
  }

  private adjust(elapsedMs: number, now: number, waiting: number): void {
    const { leastPerSecond } = this.options;
    const slowness = this.slowness();
    this.isBusy = slowness > busy;
    if (slowness > 1) {
      const accepted = (this.count * 1000) / elapsedMs;
      this.perSecond = Math.max(leastPerSecond, Math.min(this.perSecond, accepted) * slower);
    } else {
      const grown = this.perSecond * faster ** (elapsedMs / portionMs);
      this.perSecond = grown >= freePerSecond || waiting * 1000 <= leastPerSecond * briefMs ? Infinity : grown;
    }
    this.since = now;
    this.sum = 0;
    this.count = 0;
  }

  /** How long accepting takes, as a share of what is slow. */
  private slowness(): number {
    const slowMs = Math.max(this.options.targetMs, timesBest * Math.min(...this.best));
    return this.count === 0 ? 0 : this.sum / this.count / slowMs;
  }
}
