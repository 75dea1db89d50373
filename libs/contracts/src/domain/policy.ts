import { z } from 'zod';
import { policyIdSchema, projectIdSchema, tenantIdSchema } from '../ids';
import { roleSchema } from './role';

/** The kinds of operation that rules decide about. */
export const governedKinds = ['vm.create', 'vm.resize', 'vm.delete'] as const;
export const governedKindSchema = z.enum(governedKinds);
export type GovernedKind = z.infer<typeof governedKindSchema>;

/** Who may decide: one principal of the tenant, or everybody of the tenant who has the role. */
export const approverSchema = z.union([
  z.strictObject({ user: z.string().min(1).max(100) }),
  z.strictObject({ role: roleSchema }),
]);
export type Approver = z.infer<typeof approverSchema>;

/**
 * One level of approval. `ANY_OF` is content with `minApprovals` of the approvers, `ALL_OF` wants each of them. Unanswered for
 * `expiresInHours`, `onExpiry` holds: `escalate` asks the next level, and on the last one it is `reject`.
 */
export const approvalLevelSchema = z.strictObject({
  mode: z.enum(['ANY_OF', 'ALL_OF']),
  approvers: z.array(approverSchema).min(1).max(20),
  minApprovals: z.int().min(1).max(20).default(1),
  expiresInHours: z.number().positive().max(720),
  onExpiry: z.enum(['reject', 'approve', 'escalate']),
});
export type ApprovalLevel = z.infer<typeof approvalLevelSchema>;

/** Levels are asked one after the other. */
export const approvalLevelsSchema = z.array(approvalLevelSchema).min(1).max(5);

const reasonSchema = z.string().trim().min(1).max(500);

/** What a rule does with the requests that it matches. */
export const policyEffectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('approve') }),
  z.strictObject({ kind: z.literal('reject'), reason: reasonSchema }),
  z.strictObject({ kind: z.literal('ask'), levels: approvalLevelsSchema }),
]);
export type PolicyEffect = z.infer<typeof policyEffectSchema>;

/** Who decides about a request that exceeds the quota, instead of its being rejected. */
export const overQuotaSchema = z.strictObject({ levels: approvalLevelsSchema });
export type OverQuota = z.infer<typeof overQuotaSchema>;

/**
 * One ordered rule. The first enabled rule that matches decides: those of the platform (`tenantId` null), then the tenant's (`projectId`
 * null), then the project's, each by `order` and id. If none matches, the project's own thresholds decide. `when` is CEL and yields a bool.
 */
export const policyRuleSchema = z.object({
  id: policyIdSchema,
  tenantId: tenantIdSchema.nullable(),
  projectId: projectIdSchema.nullable(),
  name: z.string(),
  order: z.int(),
  enabled: z.boolean(),
  operations: z.array(governedKindSchema),
  when: z.string(),
  effect: policyEffectSchema,
  overQuota: overQuotaSchema.optional(),
  state: z.enum(['active', 'deleted']).default('active'),
  createdAt: z.iso.datetime(),
  seq: z.int().min(0),
});
export type PolicyRule = z.infer<typeof policyRuleSchema>;

/** Whose limits a last signature may raise: a rule of the platform those of the tenant and of the project, any other those of the project. */
export const raisableSchema = z.enum(['project', 'tenant']);
export type Raisable = z.infer<typeof raisableSchema>;

const namedOverQuota = { overQuota: overQuotaSchema.extend({ raises: raisableSchema }).optional() };

/**
 * What is decided about a request. `rule` is the name of the rule that decided; null: the project's thresholds did. `overQuota` says who is to be
 * asked, last, when the request exceeds the quota; absent: then it is rejected. `raises`: they are asked, and their signature raises limits.
 */
export const policyVerdictSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('approve'), rule: z.string().nullable(), ...namedOverQuota }),
  z.object({ kind: z.literal('reject'), rule: z.string(), reason: z.string() }),
  z.object({
    kind: z.literal('ask'),
    rule: z.string().nullable(),
    reasons: z.array(z.string()),
    levels: z.array(approvalLevelSchema),
    raises: raisableSchema.optional(),
    ...namedOverQuota,
  }),
]);
export type PolicyVerdict = z.infer<typeof policyVerdictSchema>;
