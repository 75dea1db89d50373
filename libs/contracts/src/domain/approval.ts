import { z } from 'zod';
import { approvalIdSchema, operationIdSchema, projectIdSchema, tenantIdSchema, vmIdSchema } from '../ids';
import { planSummarySchema } from './plan';

export const approvalStateSchema = z.enum(['pending', 'approved', 'rejected', 'expired', 'cancelled']);
export type ApprovalState = z.infer<typeof approvalStateSchema>;

/** A question to a human about one plan. A decision names the plan's hash. */
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
  createdAt: z.iso.datetime(),
  seq: z.int().min(0),
});
export type Approval = z.infer<typeof approvalSchema>;
