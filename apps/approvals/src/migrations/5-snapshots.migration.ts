import type { Migration } from '@dcm/runtime';

/** What DCM remembers of the snapshots that it made or may have made, whether a read shows them or not: the size is one part of it. */
export const snapshots: Migration = {
  name: '5-snapshots',
  sql: ['ALTER TABLE approvals.vm RENAME COLUMN snapshot_sizes TO snapshot_memory'],
};
