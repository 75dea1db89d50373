export interface Progress {
  readonly percent: number;
  readonly step: string;
  readonly resume?: string;
  readonly waitsFor?: 'guest';
}

/** From the beginning, and from what was told last. */
const restMs = 1_000;

/**
 * Tells the latest step, percent and checkpoint at most every second, one fact at a time. What an attempt passes in less time is not told:
 * each fact is written down, told and shown by all rooms, and an attempt that ends at once would cost more in news of itself than in work.
 */
export class ProgressTeller {
  private next: Progress | undefined;
  private toldAt = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private isBusy = false;
  private isClosed = false;

  /** @param send tells it once and never throws. */
  constructor(private readonly send: (progress: Progress) => Promise<void>) {}

  /** Percent is cut to 0…99, because only the end of an operation is 100. */
  tell(progress: Progress): void {
    const percent = Math.max(0, Math.min(99, Math.round(progress.percent)));
    this.next = { ...progress, percent: Number.isNaN(percent) ? 0 : percent };
    this.flush();
  }

  /** Tells nothing more. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private flush(): void {
    const next = this.next;
    if (next === undefined || this.isBusy || this.isClosed) return;
    const waitMs = restMs - (performance.now() - this.toldAt);
    clearTimeout(this.timer);
    if (waitMs > 0)
      this.timer = setTimeout(() => {
        this.flush();
      }, waitMs);
    else void this.tellNow(next);
  }

  private async tellNow(progress: Progress): Promise<void> {
    this.isBusy = true;
    this.next = undefined;
    this.toldAt = performance.now();
    await this.send(progress);
    this.isBusy = false;
    this.flush();
  }
}
