import type { Migration } from '@dcm/runtime';

/** Which VMs of one request are still decided about together; it is null from their decision on, so the index stays small. */
export const batches: Migration = {
  name: '14-batches',
  sql: [
    'ALTER TABLE approvals.vm ADD COLUMN batch_id uuid',
    'CREATE INDEX vm_batch ON approvals.vm (batch_id) WHERE batch_id IS NOT NULL',
  ],
};
