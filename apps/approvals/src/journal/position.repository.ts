import { Injectable } from '@nestjs/common';
import { eventKey, eventType, exchanges, visibilityIn } from '@dcm/contracts';
import { toMessage, type OutgoingMessage } from '@dcm/messaging';
import { firstRow, rows, type Transaction } from '../database/transaction.repository';
import { changedOf, type JournalRow } from './journal.mapper';

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

  /** The next events to publish, in order, and the position that will have been reached with them. */
  async unpublished(manager: Transaction, limit: number): Promise<{ messages: OutgoingMessage[]; last: number }> {
    const found = await rows<JournalRow & { position: string }>(
      manager,
      `SELECT p.position, j.* FROM approvals.journal_position p JOIN approvals.journal j ON j.id = p.journal_id
       WHERE p.position > (SELECT published FROM approvals.journal_relay) ORDER BY p.position LIMIT $1`,
      [limit],
    );
    return { messages: found.map(eventOf), last: Number(found.at(-1)?.position ?? 0) };
  }

  async markPublished(manager: Transaction, position: number): Promise<void> {
    await manager.query('UPDATE approvals.journal_relay SET published = $1', [position]);
  }
}

/** The id is the position, so that an event that is published twice is the same event. */
const eventOf = (row: JournalRow & { position: string }): OutgoingMessage =>
  toMessage({
    id: row.position,
    exchange: exchanges.events,
    routingKey: eventKey(row.tenant_id, row.noun, visibilityIn(row.doc)),
    type: eventType(row.noun),
    source: '/dcm/approvals',
    subject: row.subject,
    data: changedOf(row),
    ...(row.traceparent !== null && { traceparent: row.traceparent }),
  });
