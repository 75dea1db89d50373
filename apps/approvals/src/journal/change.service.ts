import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, transact, type Database, type Transaction } from '../database/transaction.repository';
import { JournalRelay } from './journal.relay';
import { JournalRepository, type JournalEntry } from './journal.repository';

/** Tells what a transaction changed. */
export type Tell = (...entries: readonly JournalEntry[]) => void;

/**
 * The way to change anything: one transaction, whose journal rows are written as its last statement whenever they were told,
 * and whose events go out as soon as it committed.
 */
@Injectable()
export class ChangeService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly journal: JournalRepository,
    private readonly relay: JournalRelay,
  ) {}

  /**
   * @param work may run again after a deadlock, so it has no effect but through its manager and `tell`.
   * @throws whatever `work` throws; then nothing was changed or told.
   */
  async change<T>(work: (manager: Transaction, tell: Tell) => Promise<T>): Promise<T> {
    const result = await transact(this.database, async (manager) => {
      const entries: JournalEntry[] = [];
      const value = await work(manager, (...told) => entries.push(...told));
      await this.journal.append(manager, entries);
      return { value, hasTold: entries.length > 0 };
    });
    if (result.hasTold) this.relay.nudge();
    return result.value;
  }
}
