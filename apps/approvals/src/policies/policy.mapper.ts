import type { PolicyRule } from '@dcm/contracts';
import type { JournalEntry } from '../journal/journal.entity';

export interface PolicyRow {
  id: PolicyRule['id'];
  tenant_id: PolicyRule['tenantId'];
  project_id: PolicyRule['projectId'];
  name: string;
  place: number;
  enabled: boolean;
  operations: PolicyRule['operations'];
  condition: string;
  effect: PolicyRule['effect'];
  over_quota: PolicyRule['overQuota'] | null;
  created_at: Date;
  seq: number;
}

export const policyOf = (row: PolicyRow): PolicyRule => ({
  id: row.id,
  tenantId: row.tenant_id,
  projectId: row.project_id,
  name: row.name,
  order: row.place,
  enabled: row.enabled,
  operations: row.operations,
  when: row.condition,
  effect: row.effect,
  ...(row.over_quota == null ? {} : { overQuota: row.over_quota }),
  state: 'active',
  createdAt: row.created_at.toISOString(),
  seq: row.seq,
});

export const policyEntry = (rule: PolicyRule, action: string, actor: string): JournalEntry => ({
  noun: 'policy',
  id: rule.id,
  tenantId: rule.tenantId,
  action,
  actor,
  seq: rule.seq,
  doc: rule,
});
