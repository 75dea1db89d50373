import type { Migration } from '@dcm/runtime';

/** Why a site was paused last, as a hypervisor's reason: what waits for it is told whether it is silent or refuses the login. */
export const pauseCause: Migration = {
  name: '13-pause-cause',
  sql: ['ALTER TABLE approvals.site_gate ADD COLUMN cause text'],
};
