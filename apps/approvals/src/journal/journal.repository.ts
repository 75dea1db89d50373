import { Injectable } from '@nestjs/common';
import type { Changed } from '@dcm/contracts';
import { canonicalJson } from '@dcm/runtime';
import { firstRow, rows, type Transaction } from '../database/transaction.repository';
import type { JournalEntry } from './journal.entity';
import { chainOf, changedOf, firstHash, hashedRowOf, hashOf, type HashedRow, type PlacedRow } from './journal.mapper';

interface Head {
  chain: string;
  chain_seq: string;
  hash: string;
  at: Date;
}

interface ChainedRow extends HashedRow {
  readonly hash: string;
}

const insertRows = `
  WITH written AS (
    INSERT INTO approvals.journal
      (chain, chain_seq, noun, subject, tenant_id, action, actor, seq, at, traceparent, doc, hash)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::int[],
                         $9::timestamptz[], $10::text[], $11::json[], $12::text[])
    RETURNING id),
  moved AS (
    UPDATE approvals.journal_head h SET chain_seq = e.chain_seq, hash = e.hash
    FROM unnest($13::text[], $14::bigint[], $15::text[]) AS e (chain, chain_seq, hash) WHERE h.chain = e.chain)
  INSERT INTO approvals.journal_position (journal_id) SELECT id FROM written`;

/** The one source of truth about change: append-only rows, one hash chain per tenant. */
@Injectable()
export class JournalRepository {
  /**
   * Appends rows in the caller's transaction. Takes the lock of each chain's head, which is held until the commit: call it
   * once per transaction, as its last statement, and nudge the relay after the commit.
   */
  async append(manager: Transaction, entries: readonly JournalEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const heads = await lockHeads(manager, [...new Set(entries.map((entry) => chainOf(entry.tenantId)))]);
    const chained = entries.map((entry) => chain(heads, entry));
    const ends = [...heads.values()];
    const moved = [ends.map((end) => end.chain), ends.map((end) => end.chain_seq), ends.map((end) => end.hash)];
    await manager.query(insertRows, [...columnsOf(chained), ...moved]);
  }

  /** Rows in position order, from the one after `afterPosition`; `head` is the last position given out. */
  async read(
    manager: Pick<Transaction, 'query'>,
    afterPosition: number,
    limit: number,
  ): Promise<{ rows: Changed[]; head: number }> {
    const found = await rows<PlacedRow>(
      manager,
      `SELECT p.position, j.* FROM approvals.journal_position p JOIN approvals.journal j ON j.id = p.journal_id
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

/** Locks the heads in the order of their names, so that two transactions never wait for each other crosswise. */
async function lockHeads(manager: Transaction, chains: readonly string[]): Promise<Map<string, Head>> {
  const lock = (): Promise<Head[]> =>
    rows<Head>(
      manager,
      `SELECT chain, chain_seq, hash, clock_timestamp()::timestamptz(3) AS at FROM approvals.journal_head
       WHERE chain = ANY($1) ORDER BY chain FOR UPDATE`,
      [chains],
    );
  let heads = await lock();
  if (heads.length < chains.length) {
    await manager.query(
      `INSERT INTO approvals.journal_head (chain, chain_seq, hash)
       SELECT chain, 0, $2 FROM unnest($1::text[]) AS chain ORDER BY chain ON CONFLICT DO NOTHING`,
      [chains, firstHash],
    );
    heads = await lock();
  }
  return new Map(heads.map((head) => [head.chain, head]));
}

/** Adds one row to its chain and moves the chain's head on. */
function chain(heads: Map<string, Head>, entry: JournalEntry): ChainedRow {
  const head = heads.get(chainOf(entry.tenantId));
  if (head === undefined) throw new TypeError(`no head for the chain of ${entry.noun} ${entry.id}`);
  const row = hashedRowOf(entry, Number(head.chain_seq) + 1, head.at.toISOString());
  const hash = hashOf(head.hash, row);
  heads.set(row.chain, { ...head, chain_seq: String(row.chainSeq), hash });
  return { ...row, hash };
}

const columnsOf = (chained: readonly ChainedRow[]): unknown[][] => [
  chained.map((row) => row.chain),
  chained.map((row) => row.chainSeq),
  chained.map((row) => row.noun),
  chained.map((row) => row.subject),
  chained.map((row) => row.tenantId),
  chained.map((row) => row.action),
  chained.map((row) => row.actor),
  chained.map((row) => row.seq),
  chained.map((row) => row.at),
  chained.map((row) => row.traceparent),
  chained.map((row) => canonicalJson(row.doc)),
  chained.map((row) => row.hash),
];
