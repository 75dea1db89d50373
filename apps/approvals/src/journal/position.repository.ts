import { Injectable } from '@nestjs/common';
import { firstRow, rows, type Transaction } from '../database/transaction.repository';
import type { PlacedRow } from './journal.mapper';

/** Gives journal rows their place in commit order and remembers up to which one they were published. */
@Injectable()
export class PositionRepository {
  /** True for the one relay that may work now; the lock ends with the transaction. */
  async tryLock(manager: Transaction): Promise<boolean> {
    const row = await firstRow<{ locked: boolean }>(
      manager,
      `SELECT pg_try_advisory_xact_lock(hashtext('dcm.journal.relay')) AS locked`,
    );
    return row?.locked === true;
  }

  /**
   * Numbers what is visible and has no number. A transaction that commits late finds its rows numbered late, whatever ids they
   * drew; what committed before another began has the lower id and so the lower number.
   * @returns how many rows were numbered.
   */
  async place(manager: Transaction, limit: number): Promise<number> {
    const placed = await rows<object>(
      manager,
      `WITH head AS (SELECT coalesce(max(position), 0) AS position FROM approvals.journal_position),
            due AS (
              SELECT journal_id FROM approvals.journal_position WHERE position IS NULL ORDER BY journal_id LIMIT $1),
            numbered AS (SELECT journal_id, row_number() OVER (ORDER BY journal_id) AS n FROM due)
       UPDATE approvals.journal_position p SET position = head.position + numbered.n
       FROM head, numbered WHERE p.journal_id = numbered.journal_id RETURNING p.position`,
      [limit],
    );
    return placed.length;
  }

  /** The next rows to publish, in order. */
  unpublished(manager: Transaction, limit: number): Promise<PlacedRow[]> {
    return rows(
      manager,
      `SELECT p.position, j.* FROM approvals.journal_position p JOIN approvals.journal j ON j.id = p.journal_id
       WHERE p.position > (SELECT published FROM approvals.journal_relay) ORDER BY p.position LIMIT $1`,
      [limit],
    );
  }

  /** The commit then waits for no disk: what a database that crashes forgets is published again, by the same numbers. */
  async markPublished(manager: Transaction, position: number): Promise<void> {
    await manager.query(
      `UPDATE approvals.journal_relay SET published = $1 WHERE (SELECT set_config('synchronous_commit', 'off', true)) = 'off'`,
      [position],
    );
  }
}
