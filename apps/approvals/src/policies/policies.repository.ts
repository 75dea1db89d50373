import { Injectable } from '@nestjs/common';
import type { GovernedKind, PolicyId, PolicyRule, ProjectId, TenantId } from '@dcm/contracts';
import { firstRow, onlyRow, rows, type Transaction } from '../database/transaction.repository';
import type { RuleBook } from './facts.entity';
import { policyOf, type PolicyRow } from './policy.mapper';
import { inOrder } from './rules.policy';

/** What of a rule can be written. */
export type RuleFields = Pick<
  PolicyRule,
  'name' | 'order' | 'enabled' | 'operations' | 'when' | 'effect' | 'overQuota'
>;

interface BookRow extends PolicyRow {
  for_project: ProjectId;
  project_name: string;
  for_tenant: TenantId;
  tenant_name: string;
}

const platform = '00000000-0000-0000-0000-000000000000';

const readBooks = `
  SELECT p.id AS for_project, p.name AS project_name, t.id AS for_tenant, t.name AS tenant_name, r.*
  FROM approvals.project p
  JOIN approvals.tenant t ON t.id = p.tenant_id
  JOIN approvals.policy r ON r.scope = ANY (ARRAY[p.id, t.id, $2::uuid]) AND r.enabled
  WHERE p.id = ANY ($1)`;

const columnsOf = ({ name, order, enabled, operations, when, effect, overQuota }: RuleFields): unknown[] => [
  name,
  order,
  enabled,
  JSON.stringify(operations),
  when,
  JSON.stringify(effect),
  overQuota === undefined ? null : JSON.stringify(overQuota),
];

/** Rules, by scope. A name that is taken violates `policy_name`. */
@Injectable()
export class PoliciesRepository {
  /** The books of projects for which any rule is in force, in one statement; a project without rules has none. */
  async booksOf(
    manager: Pick<Transaction, 'query'>,
    projectIds: readonly ProjectId[],
  ): Promise<ReadonlyMap<ProjectId, RuleBook>> {
    const found = await rows<BookRow>(manager, readBooks, [[...new Set(projectIds)], platform]);
    const books = new Map<ProjectId, RuleBook & { rules: PolicyRule[] }>();
    for (const row of found) {
      const { for_project: id, project_name: name, for_tenant: tenantId, tenant_name: tenantName } = row;
      const book = books.get(id) ?? { project: { id, name }, tenant: { id: tenantId, name: tenantName }, rules: [] };
      book.rules.push(policyOf(row));
      books.set(id, book);
    }
    return new Map([...books].map(([id, book]) => [id, { ...book, rules: inOrder(book.rules) }]));
  }

  /** Projects of which a rule in force says who is asked about an operation that exceeds the quota. */
  async escalating(
    manager: Transaction,
    projectIds: readonly ProjectId[],
    kind: GovernedKind,
  ): Promise<ReadonlySet<ProjectId>> {
    const books = await this.booksOf(manager, projectIds);
    const isEscalating = ({ overQuota, enabled, operations }: PolicyRule): boolean =>
      overQuota !== undefined && enabled && operations.includes(kind);
    return new Set([...books].flatMap(([id, { rules }]) => (rules.some(isEscalating) ? [id] : [])));
  }

  /** Every rule that can concern a tenant: the platform's, and its own. */
  async ofTenant(manager: Pick<Transaction, 'query'>, tenantId: TenantId): Promise<PolicyRule[]> {
    const sql = 'SELECT * FROM approvals.policy WHERE tenant_id IS NULL OR tenant_id = $1';
    return (await rows<PolicyRow>(manager, sql, [tenantId])).map(policyOf);
  }

  /** Lets one transaction at a time add rules to a scope. @returns how many it has. */
  async lockScope(
    manager: Transaction,
    { tenantId, projectId }: Pick<PolicyRule, 'tenantId' | 'projectId'>,
  ): Promise<number> {
    const scope = projectId ?? tenantId ?? platform;
    await rows(manager, `SELECT pg_advisory_xact_lock(hashtextextended('approvals.policy ' || $1, 0))`, [scope]);
    const sql = 'SELECT count(*)::int AS count FROM approvals.policy WHERE scope = $1::uuid';
    return (await onlyRow<{ count: number }>(manager, sql, [scope])).count;
  }

  async insert(
    manager: Transaction,
    id: PolicyId,
    rule: RuleFields & Pick<PolicyRule, 'tenantId' | 'projectId'>,
  ): Promise<PolicyRule> {
    const sql = `
      INSERT INTO approvals.policy (name, place, enabled, operations, condition, effect, over_quota, id, tenant_id, project_id)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *`;
    return policyOf(await onlyRow<PolicyRow>(manager, sql, [...columnsOf(rule), id, rule.tenantId, rule.projectId]));
  }

  /** Locks the rule's row until the transaction ends. */
  async lock(manager: Transaction, id: PolicyId): Promise<PolicyRule | undefined> {
    const row = await firstRow<PolicyRow>(manager, 'SELECT * FROM approvals.policy WHERE id = $1 FOR UPDATE', [id]);
    return row && policyOf(row);
  }

  async replace(manager: Transaction, id: PolicyId, rule: RuleFields): Promise<PolicyRule> {
    const sql = `
      UPDATE approvals.policy SET name = $1, place = $2, enabled = $3, operations = $4, condition = $5, effect = $6, over_quota = $7,
        seq = seq + 1
      WHERE id = $8 RETURNING *`;
    return policyOf(await onlyRow<PolicyRow>(manager, sql, [...columnsOf(rule), id]));
  }

  async remove(manager: Transaction, id: PolicyId): Promise<void> {
    await rows(manager, 'DELETE FROM approvals.policy WHERE id = $1', [id]);
  }
}
