import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeFeedFacet } from '@dcm/contracts';
import { newId, type Log } from '@dcm/runtime';
import type { Facts } from '../facts';
import { popularController } from '../popular-controller';
import type { Site } from '../site';

export interface FeedPace {
  /** How long changes are gathered before they are told; no message follows another sooner. */
  readonly gatherMs: number;
  /** How long to wait after the first failure; twice as long after each further one, up to the longest. */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
}

export const usualPace: FeedPace = { gatherMs: 1_000, firstRetryMs: 1_000, longestRetryMs: 60_000 };

/** So many native ids fit in one message. */
const mostPerMessage = 500;
/** More changes than this wait for no telling: the next scan finds them. */
const mostWaiting = 10_000;

/**
 * Passes on which VMs of a site changed on the platform. It is a hint and may get lost; so it is told once, by every replica that
 * hears it, and approvals reads again what it knows.
 */
export class ChangeFeed {
  private readonly closing = popularController();
  private readonly waiting = new Set<string>();
  private readonly running: Promise<unknown>;
  /** In a row, without a change in between. */
  private failures = 0;
  private ring: (() => void) | undefined;

  /** Begins to listen. */
  constructor(
    private readonly site: Site,
    private readonly facts: Pick<Facts, 'mention'>,
    private readonly log: Log,
    private readonly pace: FeedPace = usualPace,
  ) {
    const { changes } = site.adapter;
    this.running = changes === undefined ? Promise.resolve() : Promise.all([this.listen(changes), this.tell()]);
  }

  /** Ends both, also when the adapter does not let go. What was not told yet is lost. */
  async close(): Promise<void> {
    this.closing.abort();
    this.ring?.();
    await this.running;
  }

  private async listen(changes: ChangeFeedFacet): Promise<void> {
    const { firstRetryMs, longestRetryMs } = this.pace;
    while (!this.isClosed()) {
      try {
        await this.hear(changes);
      } catch (error) {
        if (this.isClosed()) return;
        const { failures } = this;
        this.log.warn({ err: error, site: this.site.config.name, failures }, 'the change feed broke off');
      }
      await this.pause(Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(this.failures, 20)));
      this.failures += 1;
    }
  }

  /** Gathers until the feed ends. @throws as the feed does. */
  private async hear(changes: ChangeFeedFacet): Promise<void> {
    const { signal } = this.closing;
    const feed = changes.changes(signal)[Symbol.asyncIterator]();
    const closed = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve(undefined);
      });
    });
    for (;;) {
      const next = await Promise.race([feed.next(), closed]);
      if (next === undefined || next.done === true) return;
      this.failures = 0;
      this.gather(next.value);
    }
  }

  private gather(changed: readonly { nativeId: string }[]): void {
    for (const { nativeId } of changed) if (this.waiting.size < mostWaiting) this.waiting.add(nativeId);
    if (this.waiting.size > 0) this.ring?.();
  }

  private async tell(): Promise<void> {
    while (!this.isClosed()) {
      if (this.waiting.size === 0) await this.rung();
      await this.pause(this.pace.gatherMs);
      if (this.isClosed()) return;
      const nativeIds = [...this.waiting].slice(0, mostPerMessage);
      for (const nativeId of nativeIds) this.waiting.delete(nativeId);
      await this.facts.mention(this.site, { id: newId(), type: 'io.dcm.fact.noticed.v1', body: { nativeIds } });
    }
  }

  private rung(): Promise<void> {
    return new Promise((resolve) => {
      this.ring = resolve;
      if (this.isClosed()) resolve();
    });
  }

  private isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  /** Ends early when this closes. */
  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.closing.signal }).catch(() => undefined);
  }
}
