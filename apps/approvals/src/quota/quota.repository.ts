import { Injectable } from '@nestjs/common';
import type { Quota, QuotaLimits, TenantId } from '@dcm/contracts';
import { firstRow, onlyRow, rows, type Transaction } from '../database/transaction.repository';
import type { JournalEntry } from '../journal/journal.entity';
import { quotaColumns, quotaOf, usageOf, type QuotaRow, type Usage, type UsageRow } from './quota.mapper';

/** The sums of all projects of tenants, in one scan; a tenant's are those of its projects. */
const usageOfTenants = `
  SELECT tenant_id, project_id, state, ${Object.values(quotaColumns)
    .map((column) => `sum(${column}) AS ${column}`)
    .join(', ')}
  FROM approvals.ledger WHERE tenant_id = ANY($1) GROUP BY tenant_id, project_id, state`;

/** Gives scopes their next number, tenants before projects as everything that locks them. */
const countUp = `
  WITH locked AS MATERIALIZED (
    SELECT id FROM approvals.quota WHERE id = ANY($1) ORDER BY scope DESC, id FOR NO KEY UPDATE)
  UPDATE approvals.quota q SET seq = q.seq + 1 FROM locked WHERE q.id = locked.id RETURNING q.*`;

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

  /** Scopes that have any limit with their usage as it is, tenants before projects, without locking anything: to be shown, not to decide by. */
  async readLimited(manager: Transaction, ids: readonly string[]): Promise<Quota[]> {
    const sql = `SELECT * FROM approvals.quota WHERE id = ANY($1) AND limits::text <> '{}' ORDER BY scope DESC, id`;
    return this.withUsage(manager, await rows<QuotaRow>(manager, sql, [ids]));
  }

  private async withUsage(manager: Transaction, found: readonly QuotaRow[]): Promise<Quota[]> {
    if (found.length === 0) return [];
    const usage = await this.usage(manager, [...new Set(found.map((row) => row.tenant_id))]);
    return found.map((row) => quotaOf(row, usage.get(row.id)));
  }

  private async usage(manager: Transaction, tenantIds: readonly string[]): Promise<Map<string, Usage>> {
    return usageOf(await rows<UsageRow>(manager, usageOfTenants, [tenantIds]));
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

  /**
   * Takes the marks of tenants away and gives their changed scopes, with their sums of now, the next number. It sums before it locks what
   * accepting requests locks: what changes in between is marked again. One at a time, so that the later number has the later sums.
   */
  async takeDirty(manager: Transaction, tenantIds: readonly string[]): Promise<Quota[]> {
    await manager.query(`SELECT pg_advisory_xact_lock(hashtext('dcm.quota.told'))`);
    const marks = await rows<{ scope_id: string }>(
      manager,
      'DELETE FROM approvals.quota_dirty WHERE tenant_id = ANY($1) RETURNING scope_id',
      [tenantIds],
    );
    if (marks.length === 0) return [];
    const usage = await this.usage(manager, tenantIds);
    const counted = await rows<QuotaRow>(manager, countUp, [[...new Set(marks.map((mark) => mark.scope_id))]]);
    return counted.sort(tenantsFirst).map((row) => quotaOf(row, usage.get(row.id)));
  }
}

const tenantsFirst = (a: QuotaRow, b: QuotaRow): number => b.scope.localeCompare(a.scope);

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
