import type { Migration } from '@dcm/runtime';

/**
 * A position is inserted by the statement that inserts its journal row, and no journal row is ever deleted: a foreign key could only cost, and it
 * did: a look-up and a lock on each row.
 */
export const journalPosition: Migration = {
  name: '6-journal-position',
  sql: ['ALTER TABLE approvals.journal_position DROP CONSTRAINT journal_position_journal_id_fkey'],
};
