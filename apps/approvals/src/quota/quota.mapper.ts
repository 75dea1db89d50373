import {
  quotaDimensions,
  type ErrorDetail,
  type Quota,
  type QuotaChange,
  type QuotaLimits,
  type ResourceAmount,
} from '@dcm/contracts';

/** Sums of a scope's ledger rows as PostgreSQL gives them. */
export interface UsageRow {
  held_vcpus: string;
  held_memory_mib: string;
  held_disk_gib: string;
  held_vms: string;
  used_vcpus: string;
  used_memory_mib: string;
  used_disk_gib: string;
  used_vms: string;
}

export interface QuotaRow {
  id: string;
  scope: Quota['scope'];
  tenant_id: string;
  limits: QuotaLimits;
  seq: number;
}

const nothing: ResourceAmount = { vcpus: 0, memoryMib: 0, diskGib: 0, vms: 0 };

const heldOf = (row: UsageRow): ResourceAmount => ({
  vcpus: Number(row.held_vcpus),
  memoryMib: Number(row.held_memory_mib),
  diskGib: Number(row.held_disk_gib),
  vms: Number(row.held_vms),
});

const usedOf = (row: UsageRow): ResourceAmount => ({
  vcpus: Number(row.used_vcpus),
  memoryMib: Number(row.used_memory_mib),
  diskGib: Number(row.used_disk_gib),
  vms: Number(row.used_vms),
});

/** @param usage is absent when the scope has no ledger row. */
export const quotaOf = (row: QuotaRow, usage?: UsageRow): Quota => ({
  id: row.id,
  scope: row.scope,
  tenantId: row.tenant_id,
  limits: row.limits,
  held: usage === undefined ? nothing : heldOf(usage),
  used: usage === undefined ? nothing : usedOf(usage),
  seq: row.seq,
});

/** Where in the body of a VM request each dimension is asked for; the number of VMs is the request itself. */
const pointers = { vcpus: '/cpus', memoryMib: '/memoryMib', diskGib: '/disks', vms: '/' } as const;

/** One finding per dimension of one scope that `asked` does not fit into. */
export function excessOf(quota: Quota, asked: ResourceAmount): ErrorDetail[] {
  return quotaDimensions.flatMap((dimension) => {
    const limit = quota.limits[dimension];
    const inUse = quota.held[dimension] + quota.used[dimension];
    if (limit === undefined || asked[dimension] === 0 || inUse + asked[dimension] <= limit) return [];
    const figures = `limit ${limit}, in use ${inUse}, asked ${asked[dimension]}`;
    return [{ pointer: pointers[dimension], message: `${quota.scope} quota of ${dimension}: ${figures}` }];
  });
}

/**
 * What becomes of each limit when a VM takes `amounts`.
 * @param held what the scopes count for it already; null: nothing.
 */
export const quotaChangesOf = (
  scopes: readonly Quota[],
  amounts: ResourceAmount,
  held: ResourceAmount | null,
): QuotaChange[] =>
  scopes.flatMap(({ id, scope, limits, held: promised, used }) =>
    quotaDimensions.map((dimension) => {
      const before = Math.max(0, promised[dimension] + used[dimension] - (held?.[dimension] ?? 0));
      const limit = limits[dimension] ?? null;
      return { scope, id, dimension, before, after: before + amounts[dimension], limit };
    }),
  );

/** One finding per dimension in which a project's limit is above its tenant's. */
export function limitsBeyond(child: QuotaLimits, parent: QuotaLimits, project = 'the project'): ErrorDetail[] {
  return quotaDimensions.flatMap((dimension) => {
    const [inner, outer] = [child[dimension], parent[dimension]];
    if (inner === undefined || outer === undefined || inner <= outer) return [];
    const message = `${project} would have ${inner} ${dimension}, its tenant only ${outer}`;
    return [{ pointer: `/limits/${dimension}`, message }];
  });
}
