import { Injectable } from '@nestjs/common';
import { firstRow, rows, type Transaction } from '../database/transaction.repository';
import { firstHash, hashedRowOfStored, hashOf, type JournalRow } from './journal.mapper';

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
  id: bigint;
}

/** Recomputes the journal's hash chains. Finds rows that were edited, deleted, inserted, reordered or cut off at the end. */
@Injectable()
export class JournalVerifier {
  /** Every chain, as of one moment. */
  async verify(manager: Reading): Promise<ChainReport[]> {
    await manager.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const chains = await rows<{ chain: string }>(
      manager,
      'SELECT chain FROM approvals.journal_head UNION SELECT DISTINCT chain FROM approvals.journal ORDER BY chain',
    );
    const reports: ChainReport[] = [];
    for (const { chain } of chains) reports.push(await this.verifyChain(manager, chain));
    return reports;
  }

  private async verifyChain(manager: Reading, chain: string): Promise<ChainReport> {
    const walk: Walk = { rows: 0, hash: firstHash, id: 0n };
    for (;;) {
      const page = await rows<JournalRow>(
        manager,
        'SELECT * FROM approvals.journal WHERE chain = $1 AND chain_seq > $2 ORDER BY chain_seq LIMIT $3',
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
    if (Number(head?.chain_seq) === walk.rows && head?.hash === walk.hash) return { chain, ok: true, rows: walk.rows };
    const expected = head === undefined ? 'there is no head' : `the head says ${head.chain_seq} rows`;
    return { chain, ok: false, at: walk.rows + 1, reason: `${expected}, the chain holds ${walk.rows}` };
  }
}

/** Takes the next row. @returns why the row cannot be the next one. */
function step(walk: Walk, row: JournalRow): string | undefined {
  if (Number(row.chain_seq) !== walk.rows + 1) return `row ${walk.rows + 1} is missing`;
  if (BigInt(row.id) <= walk.id) return 'the row is out of order';
  const hash = hashOf(walk.hash, hashedRowOfStored(row));
  if (hash !== row.hash) return 'the hash does not match the row and those before it';
  walk.rows += 1;
  walk.hash = hash;
  walk.id = BigInt(row.id);
  return undefined;
}
