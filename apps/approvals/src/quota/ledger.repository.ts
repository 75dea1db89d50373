import { Injectable } from '@nestjs/common';
import { DcmError, type ProjectId, type Quota, type ResourceAmount, type TenantId, type VmId } from '@dcm/contracts';
import { rows, type Transaction } from '../database/transaction.repository';
import { excessOf } from './quota.mapper';
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

const amountsOf = ({ vcpus, memoryMib, diskGib, vms }: ResourceAmount): number[] => [vcpus, memoryMib, diskGib, vms];

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

  /** The quota of tenants, then of projects, as it is, without locking anything. */
  readAll(manager: Transaction, scopeIds: readonly string[]): Promise<Quota[]> {
    return this.quotas.read(manager, scopeIds);
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
         vcpus = greatest(ledger.vcpus, EXCLUDED.vcpus), memory_mib = greatest(ledger.memory_mib, EXCLUDED.memory_mib),
         disk_gib = greatest(ledger.disk_gib, EXCLUDED.disk_gib), vms = greatest(ledger.vms, EXCLUDED.vms), changed_at = now()
       RETURNING tenant_id, project_id`,
      turned(holds.map((hold) => columnsOf(hold, 'used'))),
    );
  }

  /** The VMs were seen: held → used, with the observed amounts when they are given. @returns how many had a row. */
  use(manager: Transaction, uses: readonly Use[]): Promise<number> {
    return changed(
      manager,
      `UPDATE approvals.ledger l SET state = 'used', vcpus = coalesce(u.vcpus, l.vcpus),
         memory_mib = coalesce(u.memory_mib, l.memory_mib), disk_gib = coalesce(u.disk_gib, l.disk_gib),
         vms = coalesce(u.vms, l.vms), changed_at = now()
       FROM ${amountRows} WHERE l.vm_id = u.vm_id RETURNING l.tenant_id, l.project_id`,
      turned(uses.map(({ vmId, amounts }) => [vmId, ...(amounts ? amountsOf(amounts) : nothingGiven)])),
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
      `UPDATE approvals.ledger l SET vcpus = greatest(l.vcpus, u.vcpus), memory_mib = greatest(l.memory_mib, u.memory_mib),
         disk_gib = greatest(l.disk_gib, u.disk_gib), vms = greatest(l.vms, u.vms), changed_at = now()
       FROM ${amountRows} WHERE l.vm_id = u.vm_id RETURNING l.tenant_id, l.project_id`,
      turned(uses.map(({ vmId, amounts }) => [vmId, ...amountsOf(amounts)])),
    );
  }
}

const insertRows = `INSERT INTO approvals.ledger (vm_id, tenant_id, project_id, state, vcpus, memory_mib, disk_gib, vms)
   SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])`;

const amountRows = `unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
  AS u (vm_id, vcpus, memory_mib, disk_gib, vms)`;

const nothingGiven = [null, null, null, null];

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
