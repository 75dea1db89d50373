import type { Migration } from '@dcm/runtime';

/**
 * What a resize or a snapshot leads to (`goal`), what a VM may have become though nobody saw it (`doubt`), from when on nothing
 * that has ended can act on it any more, and how large it was at each snapshot, because a revert leads back to that size.
 */
export const changes: Migration = {
  name: '3-changes',
  sql: [
    'ALTER TABLE approvals.operation ADD COLUMN goal json',
    `ALTER TABLE approvals.vm
       ADD COLUMN doubt json,
       ADD COLUMN quiet_at timestamptz(3),
       ADD COLUMN snapshot_sizes json NOT NULL DEFAULT '{}'`,
  ],
};
