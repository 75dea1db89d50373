import { z } from 'zod';
import { approvalSchema } from '../domain/approval';
import { projectSchema, publisherSchema, siteSchema, sizeSchema, tenantSchema } from '../domain/directory';
import { imageSchema } from '../domain/image';
import { quotaSchema } from '../domain/quota';
import { rateSchema } from '../domain/rate';
import { operationKindSchema, operationSchema } from '../domain/operation';
import { policyRuleSchema } from '../domain/policy';
import { errorBodySchema } from '../errors/error.schema';
import {
  createImageSchema,
  createProjectSchema,
  createPublisherSchema,
  createRateSchema,
  createSiteSchema,
  createSizeSchema,
  createTenantSchema,
  decideApprovalSchema,
  setQuotaSchema,
  updateImageSchema,
  updateSizeSchema,
  updateProjectSchema,
  updateSiteSchema,
} from '../http/admin.schema';
import { createPolicySchema, policyTrialsSchema, replacePolicySchema, tryPoliciesSchema } from '../http/policy.schema';
import {
  approvalIdSchema,
  catalogueNameSchema,
  imageIdSchema,
  operationIdSchema,
  policyIdSchema,
  projectIdSchema,
  siteNameSchema,
  tenantIdSchema,
  vmIdSchema,
} from '../ids';
import { quoteRequestSchema, quotesSchema } from '../http/quote.schema';
import { consoleSchema } from '../http/vm.schema';
import { changedSchema } from './events';

const deadLetterSchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  exchange: z.string(),
  routingKey: z.string(),
  queue: z.string().nullable(),
  type: z.string().nullable(),
  messageId: z.string().nullable(),
  publisher: z.string().nullable(),
  reason: z.string(),
  error: errorBodySchema.nullable(),
  /** Text as it arrived, cut at 4 KiB; null when it may hold a secret or is not text. */
  body: z.string().nullable(),
  replayedAt: z.iso.datetime().nullable(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** Who asks for an admin call; the gateway vouches for it on an exchange that only it may publish to. */
export const adminActorSchema = z.object({
  principal: z.string(),
  tenantId: tenantIdSchema.nullable(),
  roles: z.array(z.string()),
});
export type AdminActor = z.infer<typeof adminActorSchema>;

/**
 * What an operation's request said, to be asked once more: `data` as its message had it, without guest secrets, and `secrets` with the
 * pointers of those that were left out.
 */
export const askedRequestSchema = z.object({
  kind: operationKindSchema,
  data: z.record(z.string(), z.unknown()),
  secrets: z.array(z.string()),
});
export type AskedRequest = z.infer<typeof askedRequestSchema>;

const call = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O): { input: I; output: O } => ({
  input,
  output,
});

/** RPC on `dcm.admin`, the key is the name. Every answer is a full state or an error. */
export const adminCalls = {
  'admin.tenant.create': call(createTenantSchema, tenantSchema),
  'admin.project.create': call(createProjectSchema, projectSchema),
  'admin.project.update': call(updateProjectSchema.extend({ id: projectIdSchema }), projectSchema),
  'admin.site.create': call(createSiteSchema, siteSchema),
  'admin.site.update': call(updateSiteSchema.extend({ name: siteNameSchema }), siteSchema),
  'admin.image.create': call(createImageSchema, imageSchema),
  'admin.image.update': call(updateImageSchema.safeExtend({ id: imageIdSchema }), imageSchema),
  'admin.size.create': call(createSizeSchema, sizeSchema),
  'admin.size.update': call(updateSizeSchema.extend({ name: catalogueNameSchema }), sizeSchema),
  'admin.publisher.create': call(createPublisherSchema, publisherSchema),
  'admin.quota.set': call(setQuotaSchema.extend({ scope: z.enum(['tenant', 'project']), id: z.uuid() }), quotaSchema),
  'admin.rate.create': call(createRateSchema, rateSchema),
  'admin.policy.create': call(createPolicySchema, policyRuleSchema),
  'admin.policy.replace': call(replacePolicySchema.extend({ id: policyIdSchema }), policyRuleSchema),
  'admin.policy.delete': call(z.object({ id: policyIdSchema }), policyRuleSchema),
  'admin.policy.try': call(tryPoliciesSchema, policyTrialsSchema),
  'admin.operation.cancel': call(z.object({ operationId: operationIdSchema }), operationSchema),
  'admin.operation.retry': call(z.object({ operationId: operationIdSchema }), operationSchema),
  'admin.operation.asked': call(z.object({ operationId: operationIdSchema }), askedRequestSchema),
  'admin.site.scan': call(z.object({ name: siteNameSchema }), siteSchema),
  'admin.vm.console': call(z.object({ vmId: vmIdSchema }), consoleSchema),
  quote: call(quoteRequestSchema, quotesSchema),
  'approval.decide': call(
    decideApprovalSchema.extend({ approvalId: approvalIdSchema, level: z.int().min(0).optional() }),
    approvalSchema,
  ),
  'journal.read': call(
    z.object({ afterPosition: z.int().min(0), limit: z.int().min(1).max(1000) }),
    z.object({ rows: z.array(changedSchema), head: z.int().min(0) }),
  ),
  'dead.list': call(
    z.object({ limit: z.int().min(1).max(1000), before: z.string().optional() }),
    z.object({ items: z.array(deadLetterSchema) }),
  ),
  'dead.replay': call(z.object({ id: z.string() }), deadLetterSchema),
} as const;
export type AdminCallName = keyof typeof adminCalls;
export type AdminInput<N extends AdminCallName> = z.input<(typeof adminCalls)[N]['input']>;
export type AdminOutput<N extends AdminCallName> = z.output<(typeof adminCalls)[N]['output']>;

export { deadLetterSchema };

/** The request of an admin RPC; `io.dcm.admin.call.v1`. */
export const adminRequestSchema = z.object({ actor: adminActorSchema, input: z.unknown() });

/** The reply of every RPC. */
export const replySchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: errorBodySchema }),
]);
export type Reply = z.infer<typeof replySchema>;
