interface Waiting<T, R> {
  readonly item: T;
  resolve(result: R): void;
  reject(error: unknown): void;
}

export interface GroupCommitOptions<T, R> {
  /** Writes a batch in one round trip; one result per item, in order. */
  readonly write: (items: readonly T[]) => Promise<readonly R[]>;
  /** Two items of one key never stand in the same batch. */
  readonly keyOf: (item: T) => string;
  readonly maxBatch: number;
  /** How many writes may be under way. */
  readonly maxInFlight: number;
  /** Default 0. Between the starts of two writes lies at least this: for what nobody waits for, so that more of it gathers. */
  readonly spacingMs?: number;
  /** Whether a failure says nothing about the single items: then a batch that fails is not tried one by one. */
  readonly isCommonFailure: (error: unknown) => boolean;
}

/**
 * Writes together what arrives together: while writes are under way the next items gather, so that a commit is shared by as many as are waiting,
 * and a lone item waits for nobody.
 */
export class GroupCommit<T, R> {
  private waiting: Waiting<T, R>[] = [];
  private inFlight = 0;
  private isScheduled = false;
  private startedAt = -Infinity;

  constructor(private readonly options: GroupCommitOptions<T, R>) {}

  /** Resolves when the item is committed. */
  add(item: T): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.isScheduled || this.inFlight >= this.options.maxInFlight || this.waiting.length === 0) return;
    this.isScheduled = true;
    const start = (): void => {
      this.isScheduled = false;
      this.startedAt = performance.now();
      const batch = this.takeBatch();
      this.inFlight += 1;
      void this.commit(batch).finally(() => {
        this.inFlight -= 1;
        this.schedule();
      });
      this.schedule();
    };
    const leftMs = this.startedAt + (this.options.spacingMs ?? 0) - performance.now();
    if (leftMs >= 1) setTimeout(start, leftMs);
    else setImmediate(start);
  }

  private takeBatch(): Waiting<T, R>[] {
    const keys = new Set<string>();
    const batch: Waiting<T, R>[] = [];
    const rest: Waiting<T, R>[] = [];
    for (const each of this.waiting) {
      const key = this.options.keyOf(each.item);
      const fits = batch.length < this.options.maxBatch && !keys.has(key);
      keys.add(key);
      (fits ? batch : rest).push(each);
    }
    this.waiting = rest;
    return batch;
  }

  /** A batch that fails because of one of its items is written one by one, so that the others do not pay for it. */
  private async commit(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.options.write(batch.map((each) => each.item));
      batch.forEach((each, index) => {
        each.resolve(results[index] as R);
      });
    } catch (error) {
      if (batch.length === 1 || this.options.isCommonFailure(error)) {
        for (const each of batch) each.reject(error);
        return;
      }
      for (const each of batch) await this.commit([each]);
    }
  }
}
