import type { DataSource, QueryRunner } from 'typeorm';
import { failpoint } from '@dcm/runtime';
import { backOffMs } from '../back-off';
import type { Broker, Log } from '../broker';
import { Doorbell } from '../doorbell';
import { pause } from '../pause';
import {
  deleteRows,
  isOutboxEmpty,
  lockDueRows,
  postponeRows,
  type OutboxRow,
  type Postponement,
} from './outbox.repository';

export interface OutboxRelayOptions {
  readonly dataSource: DataSource;
  readonly broker: Broker;
  readonly schema: string;
  readonly log: Log;
  /** Rows per round; default 500. */
  readonly batch?: number;
  /** Safety poll behind the nudge while rows wait; four times as long while none does. Default 500. */
  readonly pollMs?: number;
  /** Asked before each round: at most so many rows, and a rest behind it; undefined: as many as ever, and no rest. */
  readonly portion?: () => { readonly batch: number; readonly restMs: number } | undefined;
}

const returnedBackOff = { firstMs: 500, maxMs: 15_000 };
const failureBackOff = { firstMs: 100, maxMs: 5_000 };
const idleFactor = 4;

/**
 * Publishes what stands in the outbox and deletes what the broker confirmed. Rows stay locked until then, so any number of relays may run;
 * a crash publishes again under the same id. What is returned, nacked or refused stays, and is tried again later.
 */
export class OutboxRelay {
  private readonly bell = new Doorbell();
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: OutboxRelayOptions) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Call it after a commit: the relay looks at once instead of at its next poll. */
  nudge(): void {
    this.bell.ring();
  }

  /** Ends after the round under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.bell.ring();
    await this.running;
  }

  private async run(): Promise<void> {
    let failures = 0;
    let isRung = true;
    while (!this.stopping.signal.aborted) {
      try {
        isRung = await this.lookOnce(isRung);
        failures = 0;
      } catch (error) {
        failures += 1;
        this.options.log.warn(
          { err: error, schema: this.options.schema, failures },
          'Unable to relay the outbox, trying again',
        );
        await this.bell.wait(backOffMs(failures, failureBackOff));
      }
    }
  }

  /** Relays what is there, and waits for more. @returns whether there is, or may be, more to do at once. */
  private async lookOnce(isRung: boolean): Promise<boolean> {
    const { dataSource, schema, batch = 500, pollMs = 500 } = this.options;
    if (!isRung && (await isOutboxEmpty(dataSource, schema))) return this.bell.wait(idleFactor * pollMs);
    const portion = this.options.portion?.();
    const most = Math.min(batch, portion?.batch ?? batch);
    const taken = await this.relayOnce(most);
    if (portion !== undefined) await pause(portion.restMs, this.stopping.signal);
    return taken === most || this.bell.wait(pollMs);
  }

  /** One round. @returns how many rows were taken, confirmed or not. */
  async relayOnce(batch = this.options.batch ?? 500): Promise<number> {
    if (!this.options.broker.canPublish()) return 0;
    const runner = this.options.dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
      const rows = await lockDueRows(runner, this.options.schema, batch);
      if (rows.length > 0) await this.publishRows(runner, rows);
      await runner.commitTransaction();
      if (rows.length > 0) failpoint('outbox.committed');
      return rows.length;
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release().catch(() => undefined);
    }
  }

  private async publishRows(runner: QueryRunner, rows: readonly OutboxRow[]): Promise<void> {
    const { broker, schema, log } = this.options;
    failpoint('outbox.locked');
    const outcomes = await broker.publish(rows.map((row) => row.message));
    failpoint('outbox.confirmed');
    const confirmed = rows.filter((_, index) => outcomes[index] === 'confirmed');
    const kept = rows.flatMap((row, index): Postponement[] => {
      const outcome = outcomes[index] ?? 'unconfirmed';
      // A broker that was lost is no reason to let a row wait longer than it is away.
      if (outcome === 'confirmed' || (outcome === 'unconfirmed' && !broker.canPublish())) return [];
      return [{ seq: row.seq, outcome, delayMs: backOffMs(row.attempts + 1, returnedBackOff) }];
    });
    if (confirmed.length > 0) {
      await deleteRows(
        runner,
        schema,
        confirmed.map((row) => row.seq),
      );
      failpoint('outbox.deleted');
    }
    if (kept.length === 0) return;
    await postponeRows(runner, schema, kept);
    log.debug({ schema, kept: kept.length, outcome: kept[0]?.outcome }, 'messages stay in the outbox');
  }
}
