import { setTimeout as sleep } from 'node:timers/promises';

interface Waiting<I, O> {
  readonly item: I;
  resolve(value: O): void;
  reject(error: unknown): void;
}

/** What became of one item. */
export type Outcome<O> = { readonly value: O } | { readonly error: unknown };

export interface BatchOptions<I> {
  readonly size: number;
  /** How many batches may be under way; default 1. */
  readonly lanes?: number;
  /** Two items of one key never stand in the same batch. */
  readonly keyOf?: (item: I) => string;
}

/** Where batches follow each other within `busyMs`, each gathers for `gatherMs` before it begins: fewer and larger ones cost less. */
const gatherMs = 4;
const busyMs = 50;

/**
 * Gathers what arrives while a batch is under way into the next one, in order of arrival, so that the work costs few statements
 * under load, and no waiting without it.
 */
export class Batch<I, O> {
  private waiting: Waiting<I, O>[] = [];
  private running = 0;
  private endedAt = -Infinity;

  /** @param work settles every item, in order; when it throws, its error is every item's. */
  constructor(
    private readonly work: (items: readonly I[]) => Promise<readonly Outcome<O>[]>,
    private readonly options: BatchOptions<I>,
  ) {}

  /** Resolves or rejects as the item's outcome says. */
  add(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.running < (this.options.lanes ?? 1)) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running += 1;
    if (performance.now() - this.endedAt < busyMs) await sleep(gatherMs);
    // What arrived in the same turn of the event loop goes together.
    else await new Promise(setImmediate);
    while (this.waiting.length > 0) {
      const taken = this.take();
      try {
        const outcomes = await this.work(taken.map(({ item }) => item));
        for (const [index, one] of taken.entries()) settle(one, outcomes[index]);
      } catch (error) {
        for (const one of taken) one.reject(error);
      }
    }
    this.running -= 1;
    this.endedAt = performance.now();
  }

  /** Items of a key keep their order: what must wait lets nothing of its key pass. */
  private take(): Waiting<I, O>[] {
    const { size, keyOf } = this.options;
    if (keyOf === undefined) return this.waiting.splice(0, size);
    const keys = new Set<string>();
    const taken: Waiting<I, O>[] = [];
    const rest: Waiting<I, O>[] = [];
    for (const one of this.waiting) {
      const key = keyOf(one.item);
      (taken.length < size && !keys.has(key) ? taken : rest).push(one);
      keys.add(key);
    }
    this.waiting = rest;
    return taken;
  }
}

function settle<I, O>(waiting: Waiting<I, O>, outcome: Outcome<O> | undefined): void {
  if (outcome === undefined) waiting.reject(new TypeError('a batch left an item without an outcome'));
  else if ('error' in outcome) waiting.reject(outcome.error);
  else waiting.resolve(outcome.value);
}
