import { z } from 'zod';
import { resourceAmountSchema } from './quota';
import { priceSchema } from './rate';

/** One finding of a plan. An `error` refuses the request; a `warning` is shown to the approver. `pointer` is into the body of the VM request. */
export const planDiagnosticSchema = z.object({
  severity: z.enum(['error', 'warning']),
  pointer: z.string(),
  message: z.string(),
});
export type PlanDiagnostic = z.infer<typeof planDiagnosticSchema>;

/**
 * What the approver signs. `hash` is over everything but itself; hosts and datastores are hints and not part of it. `price` is null where
 * no rate is known, and frozen: what rates become later does not change it.
 */
export const planSummarySchema = z.object({
  hash: z.string(),
  site: z.string(),
  platform: z.string(),
  image: z.object({ name: z.string(), nativeId: z.string(), version: z.string() }).nullable(),
  amounts: resourceAmountSchema,
  price: priceSchema.nullable().default(null),
  losses: z.array(z.string()),
  warnings: z.array(z.string()),
});
export type PlanSummary = z.infer<typeof planSummarySchema>;
