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

/** Marks the scopes of the rows that the statement before it returned, so that their quota is told anew. */
const thenMark = `
  , marked AS (
    INSERT INTO approvals.quota_dirty (tenant_id, scope_id)
    SELECT tenant_id, unnest(ARRAY[tenant_id, project_id]) FROM changed)
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
    await changed(manager, `${insertRow} RETURNING tenant_id, project_id`, columnsOf(hold, 'held'));
  }

  /** Promises amounts to many VMs in one statement: for a caller that holds the scopes' locks and knows that they fit. */
  async holdAll(manager: Transaction, holds: readonly Hold[]): Promise<void> {
    if (holds.length === 0) return;
    const columns = holds.map((hold) => columnsOf(hold, 'held'));
    await changed(
      manager,
      `INSERT INTO approvals.ledger (vm_id, tenant_id, project_id, state, vcpus, memory_mib, disk_gib, vms)
       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
       RETURNING tenant_id, project_id`,
      [0, 1, 2, 3, 4, 5, 6, 7].map((column) => columns.map((row) => row[column])),
    );
  }

  /**
   * Evidence came late: takes the amounts without asking whether they fit, because the VM exists. A row that is there keeps
   * the larger amounts.
   */
  async rehold(manager: Transaction, hold: Hold, state: 'held' | 'used'): Promise<void> {
    await changed(
      manager,
      `${insertRow} ON CONFLICT (vm_id) DO UPDATE SET state = EXCLUDED.state,
         vcpus = greatest(ledger.vcpus, EXCLUDED.vcpus), memory_mib = greatest(ledger.memory_mib, EXCLUDED.memory_mib),
         disk_gib = greatest(ledger.disk_gib, EXCLUDED.disk_gib), vms = greatest(ledger.vms, EXCLUDED.vms), changed_at = now()
       RETURNING tenant_id, project_id`,
      columnsOf(hold, state),
    );
  }

  /** The VM was seen: held → used, with the observed amounts when they are given. @returns false when it has no row. */
  use(manager: Transaction, vmId: VmId, amounts?: ResourceAmount): Promise<boolean> {
    const given = amounts === undefined ? [null, null, null, null] : amountsOf(amounts);
    return changed(
      manager,
      `UPDATE approvals.ledger SET state = 'used', vcpus = coalesce($2::bigint, vcpus),
         memory_mib = coalesce($3::bigint, memory_mib), disk_gib = coalesce($4::bigint, disk_gib),
         vms = coalesce($5::bigint, vms), changed_at = now()
       WHERE vm_id = $1 RETURNING tenant_id, project_id`,
      [vmId, ...given],
    );
  }

  /** It is proven that nothing is there: gives everything back. @returns false when it was given back before. */
  release(manager: Transaction, vmId: VmId): Promise<boolean> {
    return changed(manager, 'DELETE FROM approvals.ledger WHERE vm_id = $1 RETURNING tenant_id, project_id', [vmId]);
  }

  /** The outcome is not known: keeps the larger of old and new in each dimension. @returns false when it has no row. */
  setAmounts(manager: Transaction, vmId: VmId, amounts: ResourceAmount): Promise<boolean> {
    return changed(
      manager,
      `UPDATE approvals.ledger SET vcpus = greatest(vcpus, $2), memory_mib = greatest(memory_mib, $3),
         disk_gib = greatest(disk_gib, $4), vms = greatest(vms, $5), changed_at = now()
       WHERE vm_id = $1 RETURNING tenant_id, project_id`,
      [vmId, ...amountsOf(amounts)],
    );
  }
}

const insertRow = `INSERT INTO approvals.ledger (vm_id, tenant_id, project_id, state, vcpus, memory_mib, disk_gib, vms)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;

const columnsOf = (hold: Hold, state: 'held' | 'used'): unknown[] => [
  hold.vmId,
  hold.tenantId,
  hold.projectId,
  state,
  ...amountsOf(hold.amounts),
];

/** Runs a statement that returns the changed rows. @returns whether there was one. */
async function changed(manager: Transaction, statement: string, parameters: unknown[]): Promise<boolean> {
  const [answer] = await rows<{ changed: number }>(manager, `WITH changed AS (${statement}) ${thenMark}`, parameters);
  return (answer?.changed ?? 0) > 0;
}
