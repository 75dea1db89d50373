import { Injectable } from '@nestjs/common';
import { onlyRow, rows, type Transaction } from '../database/transaction.repository';
import { chainOf, firstHash, hashOf, type PlacedRow, type UnplacedRow } from './journal.mapper';

/** How long a relay may be at work without saying so again before another takes its turn. */
const turnMs = 2_000;

/** Rows without a place, oldest first, with the head of their chain; one row without a journal row says that there is none. */
const readUnplaced = `
  SELECT h.head, u.* FROM (SELECT coalesce(max(position), 0) AS head FROM approvals.journal_position) h
  LEFT JOIN LATERAL (
    SELECT j.id, j.chain, j.noun, j.subject, j.tenant_id, j.action, j.actor, j.seq, j.at, j.traceparent, j.doc::text AS doc,
      e.chain_seq AS head_seq, e.hash AS head_hash
    FROM approvals.journal_position p JOIN approvals.journal j ON j.id = p.journal_id
    LEFT JOIN approvals.journal_head e ON e.chain = j.chain
    WHERE p.position IS NULL ORDER BY p.journal_id LIMIT $1) u ON true`;

const writePlaces = `
  WITH moved AS (
    INSERT INTO approvals.journal_head AS h (chain, chain_seq, hash) SELECT * FROM unnest($6::text[], $7::bigint[], $8::text[])
    ON CONFLICT (chain) DO UPDATE SET chain_seq = EXCLUDED.chain_seq, hash = EXCLUDED.hash)
  UPDATE approvals.journal_position p SET position = r.position, chain = r.chain, chain_seq = r.chain_seq, hash = r.hash
  FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[]) AS r (journal_id, position, chain, chain_seq, hash)
  WHERE p.journal_id = r.journal_id`;

type FoundRow = UnplacedRow & {
  readonly head: string;
  readonly head_seq: string | null;
  readonly head_hash: string | null;
};

interface Head {
  seq: number;
  hash: string;
}

/** Gives journal rows their place in commit order and in their chain, and remembers up to which one they were published. */
@Injectable()
export class PositionRepository {
  /** Whether anything waits to be placed or published. Takes no lock. */
  async isWaiting(manager: Pick<Transaction, 'query'>): Promise<boolean> {
    const { waits } = await onlyRow<{ waits: boolean }>(
      manager,
      `SELECT EXISTS (SELECT FROM approvals.journal_position WHERE position IS NULL)
        OR (SELECT coalesce(max(position), 0) FROM approvals.journal_position) > (SELECT published FROM approvals.journal_relay) AS waits`,
    );
    return waits;
  }

  /**
   * Takes or keeps the turn to place and publish; nobody else gets it before the transaction ends.
   * @returns the last published position; undefined while it is somebody else's turn.
   */
  async takeTurn(manager: Transaction, holder: string): Promise<number | undefined> {
    const [turn] = await rows<{ published: string }>(
      manager,
      `UPDATE approvals.journal_relay SET holder = $1, held_until = clock_timestamp() + $2::int * interval '1 millisecond'
       WHERE holder = $1 OR held_until <= clock_timestamp() RETURNING published`,
      [holder, turnMs],
    );
    return turn && Number(turn.published);
  }

  /**
   * Numbers what is visible and has no number, and ties each row to those before it in its chain. A transaction that commits late finds its
   * rows numbered late, whatever ids they drew; what committed before another began has the lower id and so the lower number.
   * @param manager of a transaction that has the turn.
   */
  async place(manager: Transaction, limit: number): Promise<PlacedRow[]> {
    const found = await rows<FoundRow>(manager, readUnplaced, [limit]);
    const heads = new Map<string, Head>();
    const due = found.filter(({ id }) => (id as string | null) !== null);
    const placed = due.map((row, index) => placedOf(row, Number(row.head) + index + 1, heads));
    if (placed.length === 0) return [];
    const ends = [...heads];
    await manager.query(writePlaces, [
      placed.map((row) => row.id),
      placed.map((row) => row.position),
      placed.map((row) => row.chain),
      placed.map((row) => row.chain_seq),
      placed.map((row) => row.hash),
      ends.map(([chain]) => chain),
      ends.map(([, { seq }]) => seq),
      ends.map(([, { hash }]) => hash),
    ]);
    return placed;
  }

  /** The next rows to publish, in order. */
  unpublished(manager: Pick<Transaction, 'query'>, published: number, limit: number): Promise<PlacedRow[]> {
    return rows(
      manager,
      `SELECT ${placedColumns} FROM approvals.journal_position p JOIN approvals.journal j ON j.id = p.journal_id
       WHERE p.position > $1 ORDER BY p.position LIMIT $2`,
      [published, limit],
    );
  }

  /** The commit waits for no disk: what a database that crashes forgets is published again, by the same numbers. */
  async markPublished(manager: Pick<Transaction, 'query'>, position: number): Promise<void> {
    await manager.query(
      `UPDATE approvals.journal_relay SET published = greatest(published, $1)
       WHERE (SELECT set_config('synchronous_commit', 'off', true)) = 'off'`,
      [position],
    );
  }

  /** As `markPublished`, and gives the turn away. */
  async endTurn(manager: Pick<Transaction, 'query'>, holder: string, position: number): Promise<void> {
    await manager.query(
      `UPDATE approvals.journal_relay SET published = greatest(published, $2), held_until = '-infinity'
       WHERE holder = $1 AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'`,
      [holder, position],
    );
  }
}

/** A row with its place, the document as its stored text. */
export const placedColumns = `p.position, p.chain_seq, p.hash, j.id, j.chain, j.noun, j.subject, j.tenant_id, j.action, j.actor, j.seq, j.at,
  j.traceparent, j.doc::text AS doc`;

/** Adds one row to its chain and moves the chain's head on. */
function placedOf(
  { head: _, head_seq, head_hash, ...row }: FoundRow,
  position: number,
  heads: Map<string, Head>,
): PlacedRow {
  const chain = chainOf(row.tenant_id);
  const head = heads.get(chain) ?? { seq: Number(head_seq ?? 0), hash: head_hash ?? firstHash };
  const seq = head.seq + 1;
  const hash = hashOf(head.hash, row, seq);
  heads.set(chain, { seq, hash });
  return { ...row, position: String(position), chain_seq: String(seq), hash };
}
