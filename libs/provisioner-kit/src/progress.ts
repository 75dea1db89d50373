export interface Progress {
  readonly percent: number;
  readonly step: string;
  readonly resume?: string;
}

const throttleMs = 250;

/** Tells a new step at once, and the percent of a step at most every 250 ms. At most one fact is under way; the latest wins. */
export class ProgressTeller {
  private told: Progress | undefined;
  private next: Progress | undefined;
  private toldAt = Number.NEGATIVE_INFINITY;
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
    const isUrgent = next.step !== this.told?.step || next.resume !== this.told.resume;
    const waitMs = isUrgent ? 0 : throttleMs - (performance.now() - this.toldAt);
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
    this.told = progress;
    this.toldAt = performance.now();
    await this.send(progress);
    this.isBusy = false;
    this.flush();
  }
}
