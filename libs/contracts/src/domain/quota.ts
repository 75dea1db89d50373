import { z } from 'zod';

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** What a plan makes: it is signed so. */
export const plannedAmountSchema = z.object({ vcpus: count, memoryMib: count, diskGib: count, vms: count });
export type PlannedAmount = z.infer<typeof plannedAmountSchema>;

/**
 * An amount in every dimension that quota knows. `monthlyCostMicros`: what it costs while it runs, in millionths of the installation's
 * currency, at the prices of the plans; 0 where no rate is known. What was written before there were snapshots and cost has none.
 */
export const resourceAmountSchema = plannedAmountSchema.extend({
  snapshots: count.default(0),
  monthlyCostMicros: count.default(0),
});
export type ResourceAmount = z.infer<typeof resourceAmountSchema>;

export const noAmount: ResourceAmount = {
  vcpus: 0,
  memoryMib: 0,
  diskGib: 0,
  vms: 0,
  snapshots: 0,
  monthlyCostMicros: 0,
};

export const quotaDimensions = [
  'vcpus',
  'memoryMib',
  'diskGib',
  'vms',
  'snapshots',
  'monthlyCostMicros',
] as const satisfies readonly (keyof ResourceAmount)[];

/** Limits of one scope; an absent dimension is unlimited. */
export const quotaLimitsSchema = z.strictObject({
  vcpus: count.optional(),
  memoryMib: count.optional(),
  diskGib: count.optional(),
  vms: count.optional(),
  snapshots: count.optional(),
  monthlyCostMicros: count.optional(),
});
export type QuotaLimits = z.infer<typeof quotaLimitsSchema>;

/** The quota of a tenant or a project with what is held (promised) and used (exists) of it. `id` is the scope's id. */
export const quotaSchema = z.object({
  id: z.string(),
  scope: z.enum(['tenant', 'project']),
  tenantId: z.string(),
  limits: quotaLimitsSchema,
  held: resourceAmountSchema,
  used: resourceAmountSchema,
  seq: z.int().min(0),
});
export type Quota = z.infer<typeof quotaSchema>;
