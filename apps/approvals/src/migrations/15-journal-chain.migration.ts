import type { Migration } from '@dcm/runtime';

/**
 * Rows get their place in their chain together with their place in commit order: what writes them waits for no other of its tenant. Rows that
 * have no place yet get it here, as the chain has them already. The turn of the relay that places and publishes is a row's, not a lock's.
 */
export const journalChain: Migration = {
  name: '15-journal-chain',
  sql: [
    `UPDATE approvals.journal_position p SET position = head.position + n.n
     FROM (SELECT coalesce(max(position), 0) AS position FROM approvals.journal_position) head,
       (SELECT journal_id, row_number() OVER (ORDER BY journal_id) AS n FROM approvals.journal_position WHERE position IS NULL) n
     WHERE p.journal_id = n.journal_id`,
    `ALTER TABLE approvals.journal_position ADD COLUMN chain text, ADD COLUMN chain_seq bigint, ADD COLUMN hash text`,
    `UPDATE approvals.journal_position p SET chain = j.chain, chain_seq = j.chain_seq, hash = j.hash
     FROM approvals.journal j WHERE j.id = p.journal_id`,
    `ALTER TABLE approvals.journal_position ADD CONSTRAINT journal_chain_place UNIQUE (chain, chain_seq)`,
    `ALTER TABLE approvals.journal DROP CONSTRAINT journal_chain, DROP COLUMN chain_seq, DROP COLUMN hash`,
    `ALTER TABLE approvals.journal_relay ADD COLUMN holder text, ADD COLUMN held_until timestamptz NOT NULL DEFAULT '-infinity'`,
  ],
};
