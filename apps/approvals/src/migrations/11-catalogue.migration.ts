import type { Migration } from '@dcm/runtime';

/** What an image says of itself, what it gives and needs, and who sees images and sizes: `visible_to` null means every tenant. */
export const catalogue: Migration = {
  name: '11-catalogue',
  sql: [
    `ALTER TABLE approvals.image
       ADD COLUMN versions jsonb NOT NULL DEFAULT '{}',
       ADD COLUMN guest_os text,
       ADD COLUMN description text,
       ADD COLUMN defaults jsonb NOT NULL DEFAULT '{}',
       ADD COLUMN minimums jsonb NOT NULL DEFAULT '{}',
       ADD COLUMN state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired')),
       ADD COLUMN visible_to uuid[]`,
    'ALTER TABLE approvals.size ADD COLUMN visible_to uuid[]',
  ],
};
