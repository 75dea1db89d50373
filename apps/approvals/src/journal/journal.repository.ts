import { Injectable } from '@nestjs/common';
import type { Changed } from '@dcm/contracts';
import { firstRow, rows, type Transaction } from '../database/transaction.repository';
import type { JournalEntry } from './journal.entity';
import { chainOf, changedOf, type PlacedRow } from './journal.mapper';
import { placedColumns } from './position.repository';

const insertRows = `
  WITH written AS (
    INSERT INTO approvals.journal (chain, noun, subject, tenant_id, action, actor, seq, traceparent, doc, at)
    SELECT e.*, (SELECT clock_timestamp()) FROM unnest(
      $1::text[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::int[], $8::text[], $9::json[]) AS e
    RETURNING id)
  INSERT INTO approvals.journal_position (journal_id) SELECT id FROM written`;

/** The one source of truth about change: append-only rows, one hash chain per tenant. */
@Injectable()
export class JournalRepository {
  /**
   * Appends rows in the caller's transaction; it locks nothing. Their place comes with the relay: nudge it after the commit. Call it as the
   * transaction's last statement, so that their time is the commit's.
   */
  async append(manager: Transaction, entries: readonly JournalEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await manager.query(insertRows, [
      entries.map((entry) => chainOf(entry.tenantId)),
      entries.map((entry) => entry.noun),
      entries.map((entry) => entry.id),
      entries.map((entry) => entry.tenantId),
      entries.map((entry) => entry.action),
      entries.map((entry) => entry.actor),
      entries.map((entry) => entry.seq),
      entries.map((entry) => entry.traceparent ?? null),
      entries.map((entry) => JSON.stringify(entry.doc)),
    ]);
  }

  /** Rows in position order, from the one after `afterPosition`; `head` is the last position given out. */
  async read(
    manager: Pick<Transaction, 'query'>,
    afterPosition: number,
    limit: number,
  ): Promise<{ rows: Changed[]; head: number }> {
    const found = await rows<PlacedRow>(
      manager,
      `SELECT ${placedColumns} FROM approvals.journal_position p JOIN approvals.journal j ON j.id = p.journal_id
       WHERE p.position > $1 ORDER BY p.position LIMIT $2`,
      [afterPosition, limit],
    );
    const head = await firstRow<{ head: string | null }>(
      manager,
      'SELECT max(position) AS head FROM approvals.journal_position',
    );
    return { rows: found.map(changedOf), head: Number(head?.head ?? 0) };
  }
}
