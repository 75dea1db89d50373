import { Injectable } from '@nestjs/common';
import type { Quota, QuotaLimits, TenantId } from '@dcm/contracts';
import { firstRow, onlyRow, rows, type Transaction } from '../database/transaction.repository';
import type { JournalEntry } from '../journal/journal.entity';
import { quotaColumns, quotaOf, type QuotaRow, type UsageRow } from './quota.mapper';

const sumsOf = (state: string): string =>
  Object.values(quotaColumns)
    .map((column) => `coalesce(sum(${column}) FILTER (WHERE state = '${state}'), 0) AS ${state}_${column}`)
    .join(', ');

/** The sums of tenants and of all their projects, in one scan; a scope without a ledger row is absent. */
const usageOfTenants = `
  SELECT coalesce(project_id, tenant_id) AS scope_id, ${['held', 'used'].map(sumsOf).join(', ')}
  FROM approvals.ledger WHERE tenant_id = ANY($1) GROUP BY GROUPING SETS ((tenant_id), (project_id))`;

/** The limits of tenants and projects, with the sums of what is held and used: computed, never counted up and down. */
@Injectable()
export class QuotaRepository {
  /** Makes the quota of a new scope: without limits. */
  async create(manager: Transaction, scope: Quota['scope'], id: string, tenantId: TenantId): Promise<Quota> {
    await manager.query('INSERT INTO approvals.quota (id, scope, tenant_id) VALUES ($1, $2, $3)', [
      id,
      scope,
      tenantId,
    ]);
    return quotaOf({ id, scope, tenant_id: tenantId, limits: {}, seq: 1 });
  }

  /** Locks scopes, tenants before projects, until the transaction ends, and reads each with its usage. */
  async lock(manager: Transaction, ids: readonly string[]): Promise<Quota[]> {
    const locked = await rows<QuotaRow>(
      manager,
      'SELECT * FROM approvals.quota WHERE id = ANY($1) ORDER BY scope DESC, id FOR NO KEY UPDATE',
      [ids],
    );
    return this.withUsage(manager, locked);
  }

  /** As `lock`, of those scopes that have any limit: what asks for more of the others waits for nobody. */
  async lockLimited(manager: Transaction, ids: readonly string[]): Promise<Quota[]> {
    const sql = `SELECT * FROM approvals.quota WHERE id = ANY($1) AND limits::text <> '{}'
      ORDER BY scope DESC, id FOR NO KEY UPDATE`;
    return this.withUsage(manager, await rows<QuotaRow>(manager, sql, [ids]));
  }

  /** Scopes with their usage as it is, tenants before projects, without locking anything: to be shown, not to decide by. */
  async read(manager: Transaction, ids: readonly string[]): Promise<Quota[]> {
    const sql = 'SELECT * FROM approvals.quota WHERE id = ANY($1) ORDER BY scope DESC, id';
    return this.withUsage(manager, await rows<QuotaRow>(manager, sql, [ids]));
  }

  private async withUsage(manager: Transaction, found: readonly QuotaRow[]): Promise<Quota[]> {
    if (found.length === 0) return [];
    const tenantIds = [...new Set(found.map((row) => row.tenant_id))];
    const usage = await rows<UsageRow & { scope_id: string }>(manager, usageOfTenants, [tenantIds]);
    const usageById = new Map(usage.map((row) => [row.scope_id, row]));
    return found.map((row) => quotaOf(row, usageById.get(row.id)));
  }

  /** The tenant that a scope belongs to. */
  async tenantOf(manager: Transaction, scope: Quota['scope'], id: string): Promise<TenantId | undefined> {
    const sql = 'SELECT tenant_id FROM approvals.quota WHERE id = $1 AND scope = $2';
    return (await firstRow<{ tenant_id: TenantId }>(manager, sql, [id, scope]))?.tenant_id;
  }

  /** The limits of one scope. */
  async limitsOf(manager: Transaction, id: string): Promise<QuotaLimits> {
    return (await onlyRow<QuotaRow>(manager, 'SELECT * FROM approvals.quota WHERE id = $1', [id])).limits;
  }

  /** The limits of every project of a tenant. */
  async projectLimits(manager: Transaction, tenantId: string): Promise<{ name: string; limits: QuotaLimits }[]> {
    return rows(
      manager,
      `SELECT p.name, q.limits FROM approvals.quota q JOIN approvals.project p ON p.id = q.id
       WHERE q.tenant_id = $1 AND q.scope = 'project' ORDER BY p.name`,
      [tenantId],
    );
  }

  /** Writes the limits of a locked scope, with the number of its next state. */
  async setLimits(manager: Transaction, { id, limits, seq }: Quota): Promise<void> {
    await manager.query('UPDATE approvals.quota SET limits = $2, seq = $3 WHERE id = $1', [
      id,
      JSON.stringify(limits),
      seq,
    ]);
  }

  /** Tenants whose usage changed and was not told yet. */
  async dirtyTenants(manager: Pick<Transaction, 'query'>, limit: number): Promise<string[]> {
    const found = await rows<{ tenant_id: string }>(
      manager,
      'SELECT DISTINCT tenant_id FROM approvals.quota_dirty LIMIT $1',
      [limit],
    );
    return found.map((row) => row.tenant_id);
  }

  /** Takes the marks of tenants away and gives their changed scopes, with their sums of now, the next number. */
  async takeDirty(manager: Transaction, tenantIds: readonly string[]): Promise<Quota[]> {
    const marks = await rows<{ scope_id: string }>(
      manager,
      'DELETE FROM approvals.quota_dirty WHERE tenant_id = ANY($1) RETURNING scope_id',
      [tenantIds],
    );
    const ids = [...new Set(marks.map((mark) => mark.scope_id))];
    const quotas = await this.lock(manager, ids);
    await manager.query('UPDATE approvals.quota SET seq = seq + 1 WHERE id = ANY($1)', [ids]);
    return quotas.map((quota) => ({ ...quota, seq: quota.seq + 1 }));
  }
}

/** A quota's change as a journal entry. */
export const quotaEntry = (quota: Quota, action: string, actor = 'system'): JournalEntry => ({
  noun: 'quota',
  id: quota.id,
  tenantId: quota.tenantId as TenantId,
  action,
  actor,
  seq: quota.seq,
  doc: quota,
});
