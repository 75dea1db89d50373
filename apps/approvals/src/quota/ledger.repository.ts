import { Injectable } from '@nestjs/common';
import { DcmError, type ProjectId, type Quota, type ResourceAmount, type TenantId, type VmId } from '@dcm/contracts';
import { rows, type Transaction } from '../database/transaction.repository';
import { excessOf, quotaColumns } from './quota.mapper';
import { QuotaRepository } from './quota.repository';

/** What one VM takes out of the quota of its project and tenant. */
export interface Hold {
  readonly vmId: VmId;
  readonly tenantId: TenantId;
  readonly projectId: ProjectId;
  readonly amounts: ResourceAmount;
}

/** What a VM that is there takes; without amounts it takes what was promised. */
export interface Use {
  readonly vmId: VmId;
  readonly amounts?: ResourceAmount | undefined;
}

/** Marks the scopes of the rows that the statement before it returned, so that their quota is told anew. */
const thenMark = `
  , marked AS (
    INSERT INTO approvals.quota_dirty (tenant_id, scope_id)
    SELECT DISTINCT tenant_id, unnest(ARRAY[tenant_id, project_id]) FROM changed)
  SELECT count(*)::int AS changed FROM changed`;

/** What a move changes; how many snapshots a VM has is counted beside (`count`). */
const moved = (['vcpus', 'memoryMib', 'diskGib', 'vms', 'monthlyCostMicros'] as const).map(
  (dimension) => [dimension, quotaColumns[dimension]] as const,
);
const columns = moved.map(([, column]) => column);

const amountsOf = (amounts: ResourceAmount): number[] => moved.map(([dimension]) => amounts[dimension]);

/**
 * One row per VM that was promised or exists. The row moves only on what was observed: held → used when the VM is seen, gone
 * when it is proven that there is nothing.
 */
@Injectable()
export class LedgerRepository {
  constructor(private readonly quotas: QuotaRepository) {}

  /**
   * Locks the quota of the tenant, then of the project, until the transaction ends.
   * @throws DcmError NOT_FOUND when there is no such project in the tenant.
   */
  async lockScopes(manager: Transaction, tenantId: TenantId, projectId: ProjectId): Promise<Quota[]> {
    const scopes = await this.quotas.lock(manager, [tenantId, projectId]);
    if (scopes.length === 2 && scopes.every((scope) => scope.tenantId === tenantId)) return scopes;
    throw new DcmError('NOT_FOUND', `Unable to find the quota of project ${projectId}: no such project in the tenant`);
  }

  /** Locks the quota of tenants, then of projects, until the transaction ends. */
  lockAll(manager: Transaction, scopeIds: readonly string[]): Promise<Quota[]> {
    return this.quotas.lock(manager, scopeIds);
  }

  /** As `lockAll`, of those that have any limit. */
  lockLimited(manager: Transaction, scopeIds: readonly string[]): Promise<Quota[]> {
    return this.quotas.lockLimited(manager, scopeIds);
  }

  /** Writes limits of locked scopes that a signature raised. */
  async raiseLimits(manager: Transaction, raised: readonly Quota[]): Promise<void> {
    for (const quota of raised) await this.quotas.setLimits(manager, quota);
  }

  /** The quota of tenants, then of projects, of those that have any limit, as it is, without locking anything. */
  readLimited(manager: Transaction, scopeIds: readonly string[]): Promise<Quota[]> {
    return this.quotas.readLimited(manager, scopeIds);
  }

  /**
   * Promises amounts to a VM that has none yet. Locks the scopes.
   * @throws DcmError QUOTA_EXCEEDED with one detail per scope and dimension that it does not fit into; NOT_FOUND as `lockScopes`.
   */
  async hold(manager: Transaction, hold: Hold): Promise<void> {
    const scopes = await this.lockScopes(manager, hold.tenantId, hold.projectId);
    const details = scopes.flatMap((scope) => excessOf(scope, hold.amounts));
    const [first] = details;
    if (first !== undefined) {
      const more = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
      throw new DcmError('QUOTA_EXCEEDED', `Unable to reserve quota for the VM: ${first.message}${more}`, { details });
    }
    await this.holdAll(manager, [hold]);
  }

  /** Promises amounts to many VMs in one statement: for a caller that holds the scopes' locks and knows that they fit. */
  async holdAll(manager: Transaction, holds: readonly Hold[]): Promise<void> {
    const columns = turned(holds.map((hold) => columnsOf(hold, 'held')));
    await changed(manager, `${insertRows} RETURNING tenant_id, project_id`, columns);
  }

  /**
   * Evidence came late: takes the amounts as used without asking whether they fit, because the VMs exist. A row that is there keeps
   * the larger amounts.
   */
  async rehold(manager: Transaction, holds: readonly Hold[]): Promise<void> {
    await changed(
      manager,
      `${insertRows} ON CONFLICT (vm_id) DO UPDATE SET state = EXCLUDED.state,
         ${columns.map((column) => `${column} = greatest(ledger.${column}, EXCLUDED.${column})`).join(', ')}, changed_at = now()
       RETURNING tenant_id, project_id`,
      turned(holds.map((hold) => columnsOf(hold, 'used'))),
    );
  }

  /** The VMs were seen: held → used, with the observed amounts when they are given. @returns how many had a row. */
  use(manager: Transaction, uses: readonly Use[]): Promise<number> {
    return changed(
      manager,
      `UPDATE approvals.ledger l SET state = 'used',
         ${columns.map((column) => `${column} = coalesce(u.${column}, l.${column})`).join(', ')}, changed_at = now()
       FROM ${amountRows} WHERE l.vm_id = u.vm_id RETURNING l.tenant_id, l.project_id`,
      turned(uses.map(({ vmId, amounts }) => [vmId, ...(amounts ? amountsOf(amounts) : nothingGiven)])),
    );
  }

  /** The plans of VMs that nobody has begun to make: they take this, be it more or less than before. @returns how many had a row. */
  plan(manager: Transaction, uses: readonly (Use & { readonly amounts: ResourceAmount })[]): Promise<number> {
    return changed(
      manager,
      `UPDATE approvals.ledger l SET ${columns.map((column) => `${column} = u.${column}`).join(', ')}, changed_at = now()
       FROM ${amountRows} WHERE l.vm_id = u.vm_id AND l.state = 'held' RETURNING l.tenant_id, l.project_id`,
      turned(uses.map(({ vmId, amounts }) => [vmId, ...amountsOf(amounts)])),
    );
  }

  /** How many snapshots VMs have, and may have. @returns how many had a row. */
  count(manager: Transaction, counts: readonly { readonly vmId: VmId; readonly snapshots: number }[]): Promise<number> {
    return changed(
      manager,
      `UPDATE approvals.ledger l SET snapshots = u.snapshots, changed_at = now()
       FROM unnest($1::uuid[], $2::bigint[]) AS u (vm_id, snapshots)
       WHERE l.vm_id = u.vm_id RETURNING l.tenant_id, l.project_id`,
      turned(counts.map(({ vmId, snapshots }) => [vmId, snapshots])),
    );
  }

  /** It is proven that nothing is there: gives everything back. @returns how many had not been given back before. */
  release(manager: Transaction, vmIds: readonly VmId[]): Promise<number> {
    const statement = 'DELETE FROM approvals.ledger WHERE vm_id = ANY($1::uuid[]) RETURNING tenant_id, project_id';
    return changed(manager, statement, [vmIds]);
  }

  /** The outcome is not known: keeps the larger of old and new in each dimension. @returns how many had a row. */
  raise(manager: Transaction, uses: readonly (Use & { readonly amounts: ResourceAmount })[]): Promise<number> {
    return changed(
      manager,
      `UPDATE approvals.ledger l SET ${columns.map((column) => `${column} = greatest(l.${column}, u.${column})`).join(', ')}, changed_at = now()
       FROM ${amountRows} WHERE l.vm_id = u.vm_id RETURNING l.tenant_id, l.project_id`,
      turned(uses.map(({ vmId, amounts }) => [vmId, ...amountsOf(amounts)])),
    );
  }
}

const unnested = (types: readonly string[]): string =>
  types.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
const bigints = columns.map(() => 'bigint');

const insertRows = `INSERT INTO approvals.ledger (vm_id, tenant_id, project_id, state, ${columns.join(', ')})
   SELECT * FROM unnest(${unnested(['uuid', 'uuid', 'uuid', 'text', ...bigints])})`;

const amountRows = `unnest(${unnested(['uuid', ...bigints])}) AS u (vm_id, ${columns.join(', ')})`;

const nothingGiven = columns.map(() => null);

const columnsOf = (hold: Hold, state: 'held' | 'used'): unknown[] => [
  hold.vmId,
  hold.tenantId,
  hold.projectId,
  state,
  ...amountsOf(hold.amounts),
];

/** Rows as the columns that `unnest` takes. */
const turned = (table: readonly (readonly unknown[])[]): unknown[][] =>
  (table[0] ?? []).map((_, column) => table.map((row) => row[column]));

/** Runs a statement that returns the changed rows, unless it is about nothing. @returns how many there were. */
async function changed(manager: Transaction, statement: string, parameters: unknown[]): Promise<number> {
  const [first] = parameters;
  if (!Array.isArray(first) || first.length === 0) return 0;
  const [answer] = await rows<{ changed: number }>(manager, `WITH changed AS (${statement}) ${thenMark}`, parameters);
  return answer?.changed ?? 0;
}
