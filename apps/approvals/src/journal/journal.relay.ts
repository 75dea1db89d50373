import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { publishAll, type Broker } from '@dcm/messaging';
import { every, failpoint, newId, type Log, type Loop } from '@dcm/runtime';
import { BROKER, LOG } from '../approvals.config';
import { DATABASE, transact, type Database } from '../database/transaction.repository';
import type { PlacedRow } from './journal.mapper';
import { messagesOf } from './journal.messages';
import { PositionRepository } from './position.repository';

const batch = 500;
/** Behind the nudge that follows every commit of this process: finds what another left behind when it died. */
const pollMs = 2_000;
/** Under load events gather for so long: a round costs six round trips to the database, whatever number of rows it takes. */
const spacingMs = 100;
const farewellMs = 3_000;

/**
 * Tells the world what the journal says, in commit order, at least once. One relay works at a time, whatever the number of
 * processes. Positions are committed before anything is published: an event that was seen keeps its number through any crash.
 */
@Injectable()
export class JournalRelay implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly holder = newId();
  private loop: Loop | undefined;
  private readonly stopping = new AbortController();
  /** Something was committed that is not placed yet. */
  private isRung = true;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(BROKER) private readonly broker: Broker,
    @Inject(LOG) private readonly log: Log,
    private readonly positions: PositionRepository,
  ) {}

  onApplicationBootstrap(): void {
    this.loop ??= every(pollMs, () => this.relayRung(), this.log, { spacingMs });
  }

  /** Publishes what was just committed without waiting for the next poll. Call it after the commit. */
  nudge(): void {
    this.isRung = true;
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

  /** A round that nobody asked for looks first. */
  private async relayRung(): Promise<void> {
    if (!this.isRung && !(await this.positions.isWaiting(this.database))) return;
    this.isRung = false;
    try {
      // Whoever has the turn may have looked before the last commit here.
      if (!(await this.relayAll())) this.nudge();
    } catch (error) {
      this.isRung = true;
      throw error;
    }
  }

  /** Places and publishes until nothing is left, or until the broker is away. @returns false when it is another relay's turn. */
  async relayAll(): Promise<boolean> {
    let turn = await this.placeBatch();
    if (turn === undefined) return false;
    const { published: first } = turn;
    let published = first;
    try {
      while (turn !== undefined) {
        published = await this.publish(turn.placed, published);
        if (turn.placed.length < batch) return true;
        turn = await this.placeBatch();
      }
      return false;
    } finally {
      await this.positions.endTurn(this.database, this.holder, published);
      if (published > first) failpoint('journal.marked');
    }
  }

  /** Takes or keeps the turn and gives rows their positions. @returns undefined while it is another relay's turn. */
  async placeBatch(): Promise<Turn | undefined> {
    const turn = await transact(this.database, async (manager): Promise<Turn | undefined> => {
      const published = await this.positions.takeTurn(manager, this.holder);
      return published === undefined ? undefined : { published, placed: await this.positions.place(manager, batch) };
    });
    if (turn !== undefined && turn.placed.length > 0) failpoint('journal.placed');
    return turn;
  }

  /** Publishes what was placed, and before it what an earlier turn left. @returns the last published position. */
  private async publish(placed: readonly PlacedRow[], published: number): Promise<number> {
    let last = published;
    while (this.broker.isReady()) {
      const isNext = Number(placed[0]?.position) === last + 1;
      const rows = isNext ? placed : await this.positions.unpublished(this.database, last, batch);
      const end = rows.at(-1);
      if (end === undefined) return last;
      await publishAll(this.broker, messagesOf(rows), { signal: this.stopping.signal });
      failpoint('journal.published');
      last = Number(end.position);
      if (isNext) return last;
      await this.positions.markPublished(this.database, last);
    }
    return last;
  }
}

/** What a relay may do: the last position that is published, and the rows that it has just placed. */
interface Turn {
  readonly published: number;
  readonly placed: readonly PlacedRow[];
}
