import { z } from 'zod';
import { approvalIdSchema, operationIdSchema, projectIdSchema, tenantIdSchema, vmIdSchema } from '../ids';
import { errorBodySchema } from '../errors/error.schema';
import { planSummarySchema } from './plan';

export const approvalStateSchema = z.enum(['pending', 'approved', 'rejected', 'expired', 'cancelled', 'superseded']);
export type ApprovalState = z.infer<typeof approvalStateSchema>;

/**
 * A question to a human about one plan. A decision names the plan's hash. `supersedes`: the plan that was asked about before, and in what
 * this one differs. `error` says why a question was closed that another has taken the place of.
 */
export const approvalSchema = z.object({
  id: approvalIdSchema,
  operationId: operationIdSchema,
  tenantId: tenantIdSchema,
  projectId: projectIdSchema,
  vmId: vmIdSchema,
  state: approvalStateSchema,
  reason: z.string(),
  requester: z.string(),
  plan: planSummarySchema,
  expiresAt: z.iso.datetime(),
  onExpiry: z.enum(['reject', 'approve']),
  decision: z
    .object({ by: z.string(), decision: z.enum(['approve', 'reject']), comment: z.string(), at: z.iso.datetime() })
    .nullable(),
  supersedes: z
    .object({ planHash: z.string(), changes: z.array(z.string()) })
    .nullable()
    .default(null),
  error: errorBodySchema.nullable().default(null),
  createdAt: z.iso.datetime(),
  seq: z.int().min(0),
});
export type Approval = z.infer<typeof approvalSchema>;
