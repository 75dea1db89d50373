import type { Migration } from '@dcm/runtime';

/** How many VMs a site's provisioner looks at for one command; one of an earlier version takes one. */
export const looks: Migration = {
  name: '16-looks',
  sql: ['ALTER TABLE approvals.site ADD COLUMN looks_at_once int NOT NULL DEFAULT 1'],
};
