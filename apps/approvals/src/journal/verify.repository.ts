import { Injectable } from '@nestjs/common';
import { firstRow, rows, type Transaction } from '../database/transaction.repository';
import { firstHash, hashOf, type PlacedRow } from './journal.mapper';
import { placedColumns } from './position.repository';

/** What a walk over one chain found. `at` is the chain's first place that does not hold. */
export type ChainReport =
  | { readonly chain: string; readonly ok: true; readonly rows: number }
  | { readonly chain: string; readonly ok: false; readonly at: number; readonly reason: string };

/** A transaction, or anything else that runs statements one after another in one. */
type Reading = Pick<Transaction, 'query'>;

const pageSize = 1000;

interface Walk {
  rows: number;
  hash: string;
  position: bigint;
}

/** Every chain, and how many of its rows never had, or lost, what gives them a place. Rows that wait for their place have one to come. */
const readChains = `
  SELECT c.chain, count(o.id)::int AS outside FROM (
    SELECT chain FROM approvals.journal_head
    UNION SELECT DISTINCT chain FROM approvals.journal_position WHERE chain IS NOT NULL
    UNION SELECT DISTINCT chain FROM approvals.journal) c
  LEFT JOIN (
    SELECT j.id, j.chain FROM approvals.journal j LEFT JOIN approvals.journal_position p ON p.journal_id = j.id
    WHERE p.journal_id IS NULL) o ON o.chain = c.chain
  GROUP BY c.chain ORDER BY c.chain`;

/** Recomputes the journal's hash chains. Finds rows that were edited, deleted, inserted, reordered or cut off at the end. */
@Injectable()
export class JournalVerifier {
  /** Every chain, as of one moment. Rows that have no place yet stand in none. */
  async verify(manager: Reading): Promise<ChainReport[]> {
    await manager.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const chains = await rows<{ chain: string; outside: number }>(manager, readChains);
    const reports: ChainReport[] = [];
    for (const { chain, outside } of chains) {
      const report = await this.verifyChain(manager, chain);
      const reason = `${outside} rows stand outside the chain`;
      reports.push(report.ok && outside > 0 ? { chain, ok: false, at: report.rows + 1, reason } : report);
    }
    return reports;
  }

  private async verifyChain(manager: Reading, chain: string): Promise<ChainReport> {
    const walk: Walk = { rows: 0, hash: firstHash, position: 0n };
    for (;;) {
      const page = await rows<PlacedRow>(
        manager,
        `SELECT ${placedColumns} FROM approvals.journal_position p JOIN approvals.journal j ON j.id = p.journal_id
         WHERE p.chain = $1 AND p.chain_seq > $2 ORDER BY p.chain_seq LIMIT $3`,
        [chain, walk.rows, pageSize],
      );
      for (const row of page) {
        const reason = step(walk, row);
        if (reason !== undefined) return { chain, ok: false, at: walk.rows + 1, reason };
      }
      if (page.length < pageSize) return this.compareWithHead(manager, chain, walk);
    }
  }

  private async compareWithHead(manager: Reading, chain: string, walk: Walk): Promise<ChainReport> {
    const head = await firstRow<{ chain_seq: string; hash: string }>(
      manager,
      'SELECT chain_seq, hash FROM approvals.journal_head WHERE chain = $1',
      [chain],
    );
    if (Number(head?.chain_seq ?? 0) === walk.rows && (head?.hash ?? firstHash) === walk.hash) {
      return { chain, ok: true, rows: walk.rows };
    }
    const expected = head === undefined ? 'there is no head' : `the head says ${head.chain_seq} rows`;
    return { chain, ok: false, at: walk.rows + 1, reason: `${expected}, the chain holds ${walk.rows}` };
  }
}

/** Takes the next row. @returns why the row cannot be the next one. */
function step(walk: Walk, row: PlacedRow): string | undefined {
  if (Number(row.chain_seq) !== walk.rows + 1) return `row ${walk.rows + 1} is missing`;
  if (BigInt(row.position) <= walk.position) return 'the row is out of order';
  const hash = hashOf(walk.hash, row, walk.rows + 1);
  if (hash !== row.hash) return 'the hash does not match the row and those before it';
  walk.rows += 1;
  walk.hash = hash;
  walk.position = BigInt(row.position);
  return undefined;
}
