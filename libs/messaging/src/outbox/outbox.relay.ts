import type { DataSource } from 'typeorm';
import { failpoint } from '@dcm/runtime';
import { backOffMs } from '../back-off';
import type { Broker, Log } from '../broker';
import { Doorbell } from '../doorbell';
import { pause } from '../pause';
import { Eraser } from './eraser';
import { holdMs, holdRows, postponeRows, takeDueRows, type OutboxRow, type Postponement } from './outbox.repository';
import { Tray } from './tray';

export interface OutboxRelayOptions {
  readonly dataSource: DataSource;
  readonly broker: Broker;
  readonly schema: string;
  readonly log: Log;
  /** Rows per round; default 500. */
  readonly batch?: number;
  /** How often it looks for rows that nobody forwards, while there are some; four times as long while there are none. Default 500. */
  readonly pollMs?: number;
  /**
   * Asked before each round: at most so many rows, and a rest behind it; undefined: as many as ever, and no rest.
   * `waiting`: forwarded rows that are to go out; Infinity while some of them were left in the table, for nobody counts those.
   */
  readonly portion?: (waiting: number) => { readonly batch: number; readonly restMs: number } | undefined;
}

const returnedBackOff = { firstMs: 500, maxMs: 15_000 };
const failureBackOff = { firstMs: 100, maxMs: 5_000 };
const idleFactor = 4;
/** More forwarded rows are not kept in memory. */
const mostForwarded = 1_000;
/** A row that waited longer in memory may be in other hands before it is published. */
const staleMs = holdMs / 2;
const renewMs = holdMs / 4;

/**
 * Publishes what stands in the outbox and deletes what the broker confirmed. Whoever writes a row has it in hand and forwards it from memory, without
 * reading it again; what nobody forwards is found in the table. Any number of relays may run: a row is in one's hands for a while; a crash, or a
 * relay that is slow beyond measure, publishes again under the same id. What is returned, nacked or refused stays, and is tried again later.
 */
export class OutboxRelay {
  private readonly bell = new Doorbell();
  private readonly stopping = new AbortController();
  private readonly tray = new Tray<OutboxRow>({ size: mostForwarded, staleMs });
  private readonly eraser: Eraser;
  private running: Promise<void> | undefined;
  /** When the table is looked at, on `performance.now`. */
  private lookAt = 0;
  /** Something that was to be forwarded stands in the table: what comes behind it goes that way, too. */
  private isBehind = false;
  /** Places of rows that this process has in hand and does not publish from memory: to be let go. */
  private readonly left: string[] = [];

  constructor(private readonly options: OutboxRelayOptions) {
    this.eraser = new Eraser(options.dataSource, options.schema, options.log);
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Publishes rows at once that the caller has just committed, in the order of the calls. What cannot be published now is found in the table later. */
  forward(rows: readonly OutboxRow[]): void {
    if (rows.length === 0 || this.stopping.signal.aborted) return;
    const isKept = !this.isBehind && this.options.broker.canPublish() && this.tray.put(rows, performance.now());
    if (!isKept) this.fallBehind(rows);
    this.bell.ring();
  }

  /** Call it after a commit of rows that are due at once: the relay looks for them now instead of at its next poll. */
  nudge(): void {
    this.lookAt = 0;
    this.bell.ring();
  }

  /** Ends after what was forwarded is published, or the round under way has failed. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.bell.ring();
    await this.running;
    await this.eraser.end();
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted || !this.tray.isEmpty) {
      try {
        await this.round();
        failures = 0;
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        failures += 1;
        this.options.log.warn(
          { err: error, schema: this.options.schema, failures },
          'Unable to relay the outbox, trying again',
        );
        await pause(backOffMs(failures, failureBackOff), this.stopping.signal);
      }
    }
  }

  /** Relays what is there, and waits for more. */
  private async round(): Promise<void> {
    const { batch = 500 } = this.options;
    const portion = this.options.portion?.(this.isBehind ? Infinity : this.tray.size);
    await this.relayOnce(Math.min(batch, portion?.batch ?? batch));
    if (portion !== undefined) await pause(portion.restMs, this.stopping.signal);
    const waitMs = this.lookAt - performance.now();
    if (this.tray.isEmpty && waitMs > 0 && !this.stopping.signal.aborted) await this.bell.wait(waitMs);
  }

  /** Takes up to `most` rows, those in the table first when it is their time, and publishes them. @returns how many, confirmed or not. */
  async relayOnce(most = this.options.batch ?? 500): Promise<number> {
    if (this.tray.isStale(performance.now())) this.fallBehind([]);
    const found = performance.now() < this.lookAt ? [] : await this.look(most);
    const rows = [...found, ...this.tray.take(most - found.length)];
    if (rows.length > 0) await this.publishRows(rows);
    return rows.length;
  }

  /** What is not published now is left in the table, and until it is taken from there nothing is forwarded past it. */
  private fallBehind(rows: readonly OutboxRow[]): void {
    this.isBehind = true;
    this.left.push(...[...this.tray.clear(), ...rows].map((row) => row.seq));
    if (this.options.broker.canPublish()) this.lookAt = 0;
  }

  private async look(most: number): Promise<OutboxRow[]> {
    const { dataSource, schema, broker, pollMs = 500 } = this.options;
    const now = performance.now();
    this.lookAt = now + pollMs;
    const left = [...this.left];
    await holdRows(dataSource, schema, left, 0);
    this.left.splice(0, left.length);
    if (!broker.canPublish()) return [];
    const found = await takeDueRows(dataSource, schema, most);
    if (found.length === most) this.lookAt = 0;
    else if (this.left.length === 0) this.isBehind = false;
    if (found.length === 0) this.lookAt = Math.max(this.lookAt, now + idleFactor * pollMs);
    return found;
  }

  private async publishRows(rows: readonly OutboxRow[]): Promise<void> {
    const { dataSource, broker, schema, log } = this.options;
    failpoint('outbox.taken');
    const outcomes = await this.whileHeld(rows, () => broker.publish(rows.map((row) => row.message)));
    failpoint('outbox.confirmed');
    const confirmed = rows.filter((_, index) => outcomes[index] === 'confirmed');
    this.eraser.add(confirmed.map((row) => row.seq));
    const kept = rows.flatMap((row, index): Postponement[] => {
      const outcome = outcomes[index] ?? 'unconfirmed';
      if (outcome === 'confirmed') return [];
      // A broker that was lost is no reason to let a row wait longer than it is away, nor to let others pass.
      const isLost = outcome === 'unconfirmed' && !broker.canPublish();
      if (isLost) this.isBehind = true;
      return [{ seq: row.seq, outcome, delayMs: isLost ? 0 : backOffMs(row.attempts + 1, returnedBackOff) }];
    });
    if (kept.length === 0) return;
    this.lookAt = Math.min(this.lookAt, performance.now() + (this.options.pollMs ?? 500));
    await postponeRows(dataSource, schema, kept);
    log.debug({ schema, kept: kept.length, outcome: kept[0]?.outcome }, 'messages stay in the outbox');
  }

  /** Nobody else takes the rows while `work` is under way. */
  private async whileHeld<T>(rows: readonly OutboxRow[], work: () => Promise<T>): Promise<T> {
    const { dataSource, schema, log } = this.options;
    const seqs = rows.map((row) => row.seq);
    const timer = setInterval(() => {
      holdRows(dataSource, schema, seqs, holdMs).catch((error: unknown) => {
        log.debug({ err: error, schema }, 'rows in hand may be published twice');
      });
    }, renewMs);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }
}
