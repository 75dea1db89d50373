import {
  noAmount,
  quotaDimensions,
  type ErrorDetail,
  type Quota,
  type QuotaChange,
  type QuotaLimits,
  type ResourceAmount,
} from '@dcm/contracts';

/** Sums of those ledger rows of a project that are of one state, as PostgreSQL gives them. */
export type UsageRow = Readonly<
  { tenant_id: string; project_id: string; state: keyof Usage } & Record<QuotaColumn, string>
>;

/** What the VMs of a scope take. */
export type Usage = Pick<Quota, 'held' | 'used'>;

/** The column of the ledger that each dimension is kept in. */
export const quotaColumns = {
  vcpus: 'vcpus',
  memoryMib: 'memory_mib',
  diskGib: 'disk_gib',
  vms: 'vms',
  snapshots: 'snapshots',
  monthlyCostMicros: 'monthly_cost_micros',
} as const satisfies Readonly<Record<keyof ResourceAmount, string>>;

type QuotaColumn = (typeof quotaColumns)[keyof typeof quotaColumns];

export interface QuotaRow {
  id: string;
  scope: Quota['scope'];
  tenant_id: string;
  limits: QuotaLimits;
  seq: number;
}

const noUsage: Usage = { held: noAmount, used: noAmount };

/** The usage of tenants and of their projects; a scope without a ledger row is absent. */
export function usageOf(rows: readonly UsageRow[]): Map<string, Usage> {
  const usage = new Map<string, Usage>();
  for (const row of rows) {
    for (const scope of [row.tenant_id, row.project_id]) {
      const sums = usage.get(scope) ?? noUsage;
      usage.set(scope, { ...sums, [row.state]: plus(sums[row.state], row) });
    }
  }
  return usage;
}

function plus(amounts: ResourceAmount, row: UsageRow): ResourceAmount {
  const sums = { ...amounts };
  for (const dimension of quotaDimensions) sums[dimension] += Number(row[quotaColumns[dimension]]);
  return sums;
}

/** @param usage is absent when the scope has no ledger row. */
export const quotaOf = (row: QuotaRow, usage = noUsage): Quota => ({
  id: row.id,
  scope: row.scope,
  tenantId: row.tenant_id,
  limits: row.limits,
  held: usage.held,
  used: usage.used,
  seq: row.seq,
});

/** Where in the body of a request each dimension is asked for; the number of VMs or snapshots is the request itself, its cost that of all of it. */
const pointers = {
  vcpus: '/cpus',
  memoryMib: '/memoryMib',
  diskGib: '/disks',
  vms: '/',
  snapshots: '/',
  monthlyCostMicros: '/',
} as const satisfies Readonly<Record<keyof ResourceAmount, string>>;

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
 * What becomes of each limit when a VM takes `amounts`; a dimension without a limit is nothing to decide by.
 * @param held what the scopes count for it already; null: nothing.
 */
export const quotaChangesOf = (
  scopes: readonly Quota[],
  amounts: ResourceAmount,
  held: ResourceAmount | null,
): QuotaChange[] =>
  scopes.flatMap(({ id, scope, limits, held: promised, used }) =>
    quotaDimensions.flatMap((dimension) => {
      const limit = limits[dimension];
      if (limit === undefined) return [];
      const before = Math.max(0, promised[dimension] + used[dimension] - (held?.[dimension] ?? 0));
      return [{ scope, id, dimension, before, after: before + amounts[dimension], limit }];
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
