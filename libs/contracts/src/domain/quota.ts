import { z } from 'zod';

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** An amount in every dimension that quota knows. */
export const resourceAmountSchema = z.object({ vcpus: count, memoryMib: count, diskGib: count, vms: count });
export type ResourceAmount = z.infer<typeof resourceAmountSchema>;

export const quotaDimensions = [
  'vcpus',
  'memoryMib',
  'diskGib',
  'vms',
] as const satisfies readonly (keyof ResourceAmount)[];

/** Limits of one scope; an absent dimension is unlimited. */
export const quotaLimitsSchema = z.strictObject({
  vcpus: count.optional(),
  memoryMib: count.optional(),
  diskGib: count.optional(),
  vms: count.optional(),
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
