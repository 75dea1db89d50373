interface Waiting<I, O> {
  readonly item: I;
  resolve(value: O): void;
  reject(error: unknown): void;
}

/** What became of one item. */
export type Outcome<O> = { readonly value: O } | { readonly error: unknown };

/**
 * Gathers what arrives while a batch is under way into the next one, in order of arrival. One batch runs at a time, so that
 * the work costs few statements under load and no waiting without it.
 */
export class Batch<I, O> {
  private waiting: Waiting<I, O>[] = [];
  private isRunning = false;

  /** @param work settles every item, in order; when it throws, its error is every item's. */
  constructor(
    private readonly work: (items: readonly I[]) => Promise<readonly Outcome<O>[]>,
    private readonly size: number,
  ) {}

  /** Resolves or rejects as the item's outcome says. */
  add(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.isRunning) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    // What arrived in the same turn of the event loop goes together.
    await new Promise(setImmediate);
    while (this.waiting.length > 0) {
      const taken = this.waiting.splice(0, this.size);
      try {
        const outcomes = await this.work(taken.map(({ item }) => item));
        for (const [index, one] of taken.entries()) settle(one, outcomes[index]);
      } catch (error) {
        for (const one of taken) one.reject(error);
      }
    }
    this.isRunning = false;
  }
}

function settle<I, O>(waiting: Waiting<I, O>, outcome: Outcome<O> | undefined): void {
  if (outcome === undefined) waiting.reject(new TypeError('a batch left an item without an outcome'));
  else if ('error' in outcome) waiting.reject(outcome.error);
  else waiting.resolve(outcome.value);
}
