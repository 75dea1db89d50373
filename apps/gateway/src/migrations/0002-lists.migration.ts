import type { Migration } from '@dcm/runtime';

const newestFirst = 'created_at DESC, id DESC';
const isLive = `kind = 'vm' AND state IS DISTINCT FROM 'deleted'`;
const hasState = `kind IN ('vm', 'operation', 'approval')`;

/**
 * Every list with its filters walks one index in the order in which it is shown, and reads what it shows, however many deleted VMs,
 * ended operations or other tenants' things lie between. VMs are always listed by their state, so they stand in no index without it.
 */
export const listIndexes: Migration = {
  name: '0002-lists',
  sql: [
    'DROP INDEX gateway.resource_by_tenant',
    'DROP INDEX gateway.resource_by_kind',
    'DROP INDEX gateway.resource_by_project',
    'DROP INDEX gateway.resource_by_name',
    'DROP INDEX gateway.resource_by_state',
    `CREATE INDEX resource_by_tenant ON gateway.resource (kind, tenant_id, ${newestFirst}) WHERE kind <> 'vm'`,
    `CREATE INDEX resource_by_kind ON gateway.resource (kind, ${newestFirst}) WHERE kind <> 'vm'`,
    `CREATE INDEX resource_by_state ON gateway.resource (kind, state, ${newestFirst}) WHERE ${hasState}`,
    `CREATE INDEX resource_by_tenant_state ON gateway.resource (kind, tenant_id, state, ${newestFirst}) WHERE ${hasState}`,
    `CREATE INDEX resource_by_project_state ON gateway.resource (project_id, state, ${newestFirst}) WHERE kind = 'vm'`,
    `CREATE INDEX resource_live ON gateway.resource (${newestFirst}) WHERE ${isLive}`,
    `CREATE INDEX resource_live_by_tenant ON gateway.resource (tenant_id, ${newestFirst}) WHERE ${isLive}`,
    `CREATE INDEX resource_live_by_project ON gateway.resource (project_id, ${newestFirst}) WHERE ${isLive}`,
    `CREATE INDEX resource_by_name ON gateway.resource (name, ${newestFirst}) WHERE kind IN ('vm', 'image')`,
  ],
};
