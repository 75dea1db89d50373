import { Inject, Injectable } from '@nestjs/common';
import { addToOutbox, type OutboxMessage, type OutboxRelay, type OutboxRow } from '@dcm/messaging';
import { OUTBOX } from '../approvals.config';
import { DATABASE, transact, type Database, type Transaction } from '../database/transaction.repository';
import type { JournalEntry } from './journal.entity';
import { JournalRelay } from './journal.relay';
import { JournalRepository } from './journal.repository';

/** What a transaction says to others; it is said if, and only if, the transaction commits. */
export interface Voice {
  /** Journal rows, and so events. */
  readonly tell: (...entries: readonly JournalEntry[]) => void;
  /** Commands. */
  readonly send: (...messages: readonly OutboxMessage[]) => void;
  /** Statements that were begun and whose answers nobody needs: the commit waits for them, and fails with the first that fails. */
  readonly meanwhile: (...statements: readonly Promise<unknown>[]) => void;
}

/**
 * The way to change anything: one transaction, whose journal rows are written as its last statement whenever they were told,
 * and whose events and commands go out as soon as it committed.
 */
@Injectable()
export class ChangeService {
  private readonly listeners: (() => void)[] = [];

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Pick<OutboxRelay, 'forward'>,
    private readonly journal: JournalRepository,
    private readonly relay: JournalRelay,
  ) {}

  /**
   * @param work may run again after a deadlock, so it has no effect but through its manager and voice.
   * @throws whatever `work` throws; then nothing was changed, told or sent.
   */
  async change<T>(work: (manager: Transaction, voice: Voice) => Promise<T>): Promise<T> {
    const { value, entries, sent } = await transact(this.database, (manager) => this.attempt(manager, work));
    this.outbox.forward(await sent);
    if (entries.length > 0) {
      this.relay.nudge();
      for (const listener of this.listeners) listener();
    }
    return value;
  }

  /** Calls `listener` after every commit that told something. */
  onChanged(listener: () => void): void {
    this.listeners.push(listener);
  }

  private async attempt<T>(
    manager: Transaction,
    work: (manager: Transaction, voice: Voice) => Promise<T>,
  ): Promise<{ value: T; entries: JournalEntry[]; sent: Promise<OutboxRow[]> }> {
    const entries: JournalEntry[] = [];
    const messages: OutboxMessage[] = [];
    const meanwhile = (...statements: readonly Promise<unknown>[]): void => {
      // The transaction itself fails with them.
      for (const statement of statements) statement.catch(() => undefined);
    };
    const value = await work(manager, {
      tell: (...told) => entries.push(...told),
      send: (...more) => messages.push(...more),
      meanwhile,
    });
    const sent = addToOutbox(manager, 'approvals', messages);
    meanwhile(sent, this.journal.append(manager, entries));
    return { value, entries, sent };
  }
}
