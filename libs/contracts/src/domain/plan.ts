import { z } from 'zod';
import { mostVms } from './batch';
import { planLossSchema } from './loss';
import { approvalLevelSchema } from './policy';
import { plannedAmountSchema } from './quota';
import { priceSchema } from './rate';

/** One finding of a plan. An `error` refuses the request; a `warning` is shown to the approver. `pointer` is into the body of the VM request. */
export const planDiagnosticSchema = z.object({
  severity: z.enum(['error', 'warning']),
  pointer: z.string(),
  message: z.string(),
});
export type PlanDiagnostic = z.infer<typeof planDiagnosticSchema>;

/** What a VM does to one limit: shown to whoever decides, and not signed. `limit` null: there is none. */
export const quotaChangeSchema = z.object({
  scope: z.enum(['tenant', 'project']),
  id: z.string(),
  dimension: z.string(),
  before: z.int().min(0),
  after: z.int().min(0),
  limit: z.int().min(0).nullable(),
});
export type QuotaChange = z.infer<typeof quotaChangeSchema>;

/** Who has to approve, and why; levels are asked one after the other. */
export const neededApprovalSchema = z.object({ reasons: z.array(z.string()), levels: z.array(approvalLevelSchema) });
export type NeededApproval = z.infer<typeof neededApprovalSchema>;

/** What several equal VMs are together: `name` is that of the request, `amounts` and `price` are of all `count`. */
export const planTotalSchema = z.object({
  count: z.int().min(2).max(mostVms),
  name: z.string(),
  amounts: plannedAmountSchema,
  price: priceSchema.nullable(),
});
export type PlanTotal = z.infer<typeof planTotalSchema>;

/**
 * What the approver signs. `hash` is over the spec and everything here but warnings, the quota's figures and who must approve; hosts and
 * datastores are hints and not part of it. `price` is null where no rate is known, and frozen: what rates become later does not change
 * it. `approval` is null where nobody has to be asked. `total` is there where several equal VMs are decided together: the rest is of one of
 * them, but for `quota`, which is of all; the hash covers how many they are, and the name of the request instead of theirs.
 */
export const planSummarySchema = z.object({
  hash: z.string(),
  site: z.string(),
  platform: z.string(),
  image: z.object({ name: z.string(), nativeId: z.string(), version: z.string() }).nullable(),
  networks: z.array(z.object({ name: z.string(), nativeId: z.string() })).default([]),
  scope: z.record(z.string(), z.string()).default({}),
  amounts: plannedAmountSchema,
  price: priceSchema.nullable().default(null),
  losses: z.array(planLossSchema),
  warnings: z.array(z.string()),
  quota: z.array(quotaChangeSchema).default([]),
  approval: neededApprovalSchema.nullable().default(null),
  total: planTotalSchema.optional(),
});
export type PlanSummary = z.infer<typeof planSummarySchema>;
