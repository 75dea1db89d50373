import type { ResourceRow } from './resource';

/** The columns of `gateway.resource` that are written, with their types, for statements that take rows as one JSON parameter. */
const types = {
  kind: 'text',
  id: 'text',
  tenant_id: 'uuid',
  project_id: 'uuid',
  vm_id: 'uuid',
  name: 'text',
  state: 'text',
  seq: 'bigint',
  position: 'bigint',
  doc: 'jsonb',
  created_at: 'timestamptz',
} as const;

export const rowColumns = Object.keys(types).join(', ');
export const rowTypes = Object.entries(types)
  .map(([name, type]) => `${name} ${type}`)
  .join(', ');

/** A row under its columns' names. */
export const rowJson = (row: ResourceRow): Record<keyof typeof types, unknown> => ({
  kind: row.kind,
  id: row.id,
  tenant_id: row.tenantId,
  project_id: row.projectId,
  vm_id: row.vmId,
  name: row.name,
  state: row.state,
  seq: row.seq,
  position: row.position,
  doc: row.doc,
  created_at: row.createdAt,
});
