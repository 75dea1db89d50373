import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { publishAll, type Broker } from '@dcm/messaging';
import { every, failpoint, type Log, type Loop } from '@dcm/runtime';
import { BROKER, LOG } from '../approvals.config';
import { DATABASE, transact, type Database } from '../database/transaction.repository';
import { messagesOf } from './journal.messages';
import { PositionRepository } from './position.repository';

const batch = 500;
/** Behind the nudge that follows every commit of this process: finds what another left behind when it died. */
const pollMs = 2_000;
/** Under load events gather for so long: a round costs ten round trips to the database, whatever number of rows it takes. */
const spacingMs = 40;
const farewellMs = 3_000;

/**
 * Tells the world what the journal says, in commit order, at least once. One relay works at a time, whatever the number of
 * processes. Positions are committed before anything is published: an event that was seen keeps its number through any crash.
 */
@Injectable()
export class JournalRelay implements OnApplicationBootstrap, OnApplicationShutdown {
  private loop: Loop | undefined;
  private readonly stopping = new AbortController();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(BROKER) private readonly broker: Broker,
    @Inject(LOG) private readonly log: Log,
    private readonly positions: PositionRepository,
  ) {}

  onApplicationBootstrap(): void {
    this.loop ??= every(pollMs, () => this.relayAll(), this.log, { spacingMs });
  }

  /** Publishes what was just committed without waiting for the next poll. Call it after the commit. */
  nudge(): void {
    this.loop?.nudge();
  }

  /** After everything that writes was stopped: the last rows go out too, unless the broker does not take them soon. */
  async onApplicationShutdown(): Promise<void> {
    const limit = setTimeout(() => {
      this.stopping.abort();
    }, farewellMs);
    try {
      await this.loop?.stop();
      await this.relayAll();
    } catch (error) {
      this.log.warn({ err: error }, 'events stay for the next relay');
    } finally {
      clearTimeout(limit);
    }
  }

  /** Places and publishes until nothing is left, or until the broker is away. */
  async relayAll(): Promise<void> {
    while ((await this.placeBatch()) === batch);
    while (this.broker.isReady() && (await this.publishBatch()) === batch);
  }

  /** @returns how many rows got a position. */
  async placeBatch(): Promise<number> {
    const placed = await transact(this.database, async (manager) =>
      (await this.positions.tryLock(manager)) ? this.positions.place(manager, batch) : 0,
    );
    if (placed > 0) failpoint('journal.placed');
    return placed;
  }

  /** @returns how many rows were published and marked so. */
  async publishBatch(): Promise<number> {
    const published = await transact(this.database, async (manager) => {
      if (!(await this.positions.tryLock(manager))) return 0;
      const placed = await this.positions.unpublished(manager, batch);
      const last = placed.at(-1);
      if (last === undefined) return 0;
      await publishAll(this.broker, messagesOf(placed), { signal: this.stopping.signal });
      failpoint('journal.published');
      await this.positions.markPublished(manager, Number(last.position));
      return placed.length;
    });
    if (published > 0) failpoint('journal.marked');
    return published;
  }
}
