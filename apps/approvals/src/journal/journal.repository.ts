import { Injectable } from '@nestjs/common';
import { type Changed, type EventNoun, type TenantId } from '@dcm/contracts';
import { type Transaction } from '../database/transaction.repository';

/** One change to be told: the full new state of one subject. */
export interface JournalEntry {
  readonly noun: EventNoun;
  /** The subject: a VM's id, a site's name. */
  readonly id: string;
  /** null: belongs to no tenant; such rows form a chain of their own. */
  readonly tenantId: TenantId | null;
  /** What happened, as a verb or noun of the domain: `created`, `dispatched`. */
  readonly action: string;
  /** Who did it: a principal, or `system`. */
  readonly actor: string;
  /** The subject's new sequence number: its previous one + 1. A repeated one is refused by the database. */
  readonly seq: number;
  readonly doc: object;
  readonly traceparent?: string;
}

@Injectable()
export class JournalRepository {
  /**
   * Appends rows in the caller's transaction. Takes the lock of each chain's head, which is held until the commit: call it
   * once per transaction, as its last statement.
   */
  append(manager: Transaction, entries: readonly JournalEntry[]): Promise<void>;
  append(): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }

  /** Rows in position order, from the one after `afterPosition`; `head` is the last position given out. */
  read(manager: Transaction, afterPosition: number, limit: number): Promise<{ rows: Changed[]; head: number }>;
  read(): Promise<{ rows: Changed[]; head: number }> {
    return Promise.reject(new Error('not yet'));
  }
}
