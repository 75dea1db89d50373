import { z } from 'zod';
import { approvalIdSchema, operationIdSchema, projectIdSchema, tenantIdSchema, vmIdSchema } from '../ids';
import { errorBodySchema } from '../errors/error.schema';
import { batchSchema } from './batch';
import { planSummarySchema } from './plan';
import { approvalLevelSchema, raisableSchema, type ApprovalLevel, type Approver } from './policy';

export const approvalStateSchema = z.enum(['pending', 'approved', 'rejected', 'expired', 'cancelled', 'superseded']);
export type ApprovalState = z.infer<typeof approvalStateSchema>;

/**
 * What one person, or at the end of its time the policy (`by` is `system`), said at one level, counted from 0. `seats` are the positions in
 * the level's `approvers` that the person could take then.
 */
export const levelDecisionSchema = z.object({
  by: z.string(),
  level: z.int().min(0),
  decision: z.enum(['approve', 'reject']),
  comment: z.string(),
  at: z.iso.datetime(),
  seats: z.array(z.int().min(0)),
});
export type LevelDecision = z.infer<typeof levelDecisionSchema>;

/**
 * A question to people about one plan. `levels` are asked one after the other, `level` is the one that is asked now, `expiresAt` and `onExpiry`
 * are its; `decisions` are all that were made, `decision` the one that closed the question. Without levels (an older question) one approver decides. A decision names the plan's hash. `supersedes`: the plan that was asked about before, and in what
 * this one differs. `error` says why a question was closed that another has taken the place of. `raises`: the plan exceeds the quota, and the last signature raises the limits
 * that it exceeds, of the project or of the tenant too. `batch`: it is about several equal VMs, and decides these operations together; `operationId` and `vmId` are the first's.
 */
export const approvalSchema = z.object({
  id: approvalIdSchema,
  operationId: operationIdSchema,
  tenantId: tenantIdSchema,
  projectId: projectIdSchema,
  vmId: vmIdSchema,
  batch: batchSchema.optional(),
  state: approvalStateSchema,
  reason: z.string(),
  requester: z.string(),
  plan: planSummarySchema,
  expiresAt: z.iso.datetime(),
  onExpiry: z.enum(['reject', 'approve', 'escalate']),
  levels: z.array(approvalLevelSchema).default([]),
  level: z.int().min(0).default(0),
  decisions: z.array(levelDecisionSchema).default([]),
  decision: z
    .object({ by: z.string(), decision: z.enum(['approve', 'reject']), comment: z.string(), at: z.iso.datetime() })
    .nullable(),
  supersedes: z
    .object({ planHash: z.string(), changes: z.array(z.string()) })
    .nullable()
    .default(null),
  raises: raisableSchema.nullable().default(null),
  error: errorBodySchema.nullable().default(null),
  createdAt: z.iso.datetime(),
  seq: z.int().min(0),
});
export type Approval = z.infer<typeof approvalSchema>;

/** Who is asked by a question that is older than levels. */
const anyApprover: ApprovalLevel['approvers'] = [{ role: 'approver' }, { role: 'tenant-admin' }];

/** The level that is asked now; of a question without levels, one of those who may decide anything of the tenant's. */
export const levelOf = ({ levels, level, onExpiry }: Approval): ApprovalLevel =>
  levels[level] ?? { mode: 'ANY_OF', approvers: anyApprover, minApprovals: 1, expiresInHours: 72, onExpiry };

/** Whether somebody is the one whom an approver names, or has the role. */
export const isApprover = (
  approver: Approver,
  { principal, roles }: { readonly principal: string; readonly roles: readonly string[] },
): boolean => ('user' in approver ? approver.user === principal : roles.includes(approver.role));

/** Whether somebody approved an earlier level: two levels are two people. */
export const signedEarlier = ({ decisions, level }: Approval, principal: string): boolean =>
  decisions.some((one) => one.by === principal && one.level < level && one.decision === 'approve');
