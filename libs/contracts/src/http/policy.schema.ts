import { z } from 'zod';
import {
  governedKinds,
  governedKindSchema,
  overQuotaSchema,
  policyEffectSchema,
  policyVerdictSchema,
} from '../domain/policy';
import { operationStateSchema } from '../domain/operation';
import { approvalStateSchema } from '../domain/approval';
import { errorBodySchema } from '../errors/error.schema';
import { operationIdSchema, policyIdSchema, projectIdSchema, tenantIdSchema, vmIdSchema } from '../ids';
import { createVmSchema, resizeVmSchema } from './vm.schema';

/** What a rule is about that does not say: a delete is a rule's business only when it names it. */
const usualKinds = ['vm.create', 'vm.resize'] as const;

/** What of a rule can be replaced; its scope cannot. */
const ruleFields = {
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters'),
  order: z.int().min(0).max(1_000_000).default(100),
  enabled: z.boolean().default(true),
  operations: z
    .array(governedKindSchema)
    .min(1)
    .max(governedKinds.length)
    .default([...usualKinds]),
  when: z.string().min(1).max(2_000),
  effect: policyEffectSchema,
  overQuota: overQuotaSchema.optional(),
};

/** `tenantId` null: for all tenants, by platform administrators only. `projectId` null: for all projects of the tenant. */
export const createPolicySchema = z.strictObject({
  tenantId: tenantIdSchema.nullable(),
  projectId: projectIdSchema.nullable().default(null),
  ...ruleFields,
});
export type CreatePolicy = z.output<typeof createPolicySchema>;

/** Replaces the whole rule but its scope. */
export const replacePolicySchema = z.strictObject(ruleFields);

/**
 * Rules are drafts, or ids of rules that are kept; absent: those that are in force. They are tried on the latest requests, or as if a
 * VM were asked for, another size of one, or its delete.
 */
export const tryPoliciesSchema = z.strictObject({
  tenantId: tenantIdSchema.optional(),
  rules: z
    .array(z.union([policyIdSchema, createPolicySchema]))
    .min(1)
    .max(200)
    .optional(),
  against: z.union([
    z.strictObject({ last: z.int().min(1).max(200), projectId: projectIdSchema.optional() }),
    z.strictObject({ sample: createVmSchema }),
    z.strictObject({ vmId: vmIdSchema, resize: resizeVmSchema }),
    z.strictObject({ vmId: vmIdSchema, delete: z.literal(true) }),
  ]),
});

/** What would have been decided, and what really happened; `operationId` and `happened` are null for a sample. */
export const policyTrialSchema = z.object({
  operationId: operationIdSchema.nullable(),
  projectId: projectIdSchema,
  kind: governedKindSchema,
  name: z.string(),
  requester: z.string(),
  at: z.iso.datetime(),
  /** The rule that decided; null: the project's thresholds, or a draft, which has no id. */
  ruleId: policyIdSchema.nullable(),
  verdict: policyVerdictSchema,
  happened: z
    .object({
      state: operationStateSchema,
      approval: z.object({ state: approvalStateSchema, reason: z.string() }).nullable(),
      error: errorBodySchema.nullable(),
    })
    .nullable(),
});
export type PolicyTrial = z.infer<typeof policyTrialSchema>;

export const policyTrialsSchema = z.object({ items: z.array(policyTrialSchema) });
