import type { DataSource } from 'typeorm';
import { failpoint } from '@dcm/runtime';
import type { Log } from '../broker';
import { deleteRows } from './outbox.repository';

/** Far below the time for which a row is in hand: nobody else finds what is still to be erased. */
const gatherMs = 100;
const retryMs = 500;
const most = 500;

/** Deletes what was confirmed. Nobody waits for that, so that many rows go in one statement; what a crash leaves is published again. */
export class Eraser {
  private seqs: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private erasing: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly schema: string,
    private readonly log: Log,
  ) {}

  add(seqs: readonly string[]): void {
    this.seqs.push(...seqs);
    if (this.seqs.length >= most) void this.erase();
    else if (this.seqs.length > 0) this.eraseIn(gatherMs);
  }

  /** Resolves when what is there now was tried; what failed is tried again by itself. Never throws. */
  erase(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.erasing = this.erasing.then(() => this.eraseAll());
    return this.erasing;
  }

  /** As `erase`, for the last time. */
  async end(): Promise<void> {
    await this.erase();
    clearTimeout(this.timer);
  }

  private eraseIn(ms: number): void {
    this.timer ??= setTimeout(() => void this.erase(), ms);
  }

  private async eraseAll(): Promise<void> {
    const seqs = this.seqs.splice(0);
    if (seqs.length === 0) return;
    try {
      await deleteRows(this.dataSource, this.schema, seqs);
    } catch (error) {
      this.log.warn({ err: error, schema: this.schema }, 'Unable to delete published messages yet');
      this.seqs.push(...seqs);
      this.eraseIn(retryMs);
      return;
    }
    failpoint('outbox.deleted');
  }
}
