import { z } from 'zod';
import { policySchema } from '../domain/directory';
import { quotaLimitsSchema } from '../domain/quota';
import { hourlyRatesSchema, rateScopeSchema } from '../domain/rate';
import { roleSchema } from '../domain/role';
import { catalogueNameSchema, platformSchema, siteNameSchema, tenantIdSchema } from '../ids';

/** PostgreSQL and logs take no NUL, and nobody needs the others in a name. */
const withoutControls = [/^[^\p{Cc}]*$/u, 'must not hold control characters'] as const;
const displayName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(...withoutControls);
const foreignName = z
  .string()
  .min(1)
  .max(255)
  .regex(...withoutControls);

export const createTenantSchema = z.strictObject({ name: displayName });

export const createProjectSchema = z.strictObject({
  tenantId: tenantIdSchema,
  name: displayName,
  site: siteNameSchema,
  policy: policySchema.default({ approvalTtlHours: 72, onExpiry: 'reject' }),
});
export const updateProjectSchema = z.strictObject({ name: displayName.optional(), policy: policySchema.optional() });

/** `publisher` is the broker user whose facts are believed for this site; absent: the user that DCM itself connects as. */
export const createSiteSchema = z.strictObject({
  name: siteNameSchema,
  platform: platformSchema,
  maxConcurrent: z.int().min(1).max(256).default(8),
  publisher: foreignName.optional(),
});
export const updateSiteSchema = z.strictObject({
  maxConcurrent: z.int().min(1).max(256).optional(),
  draining: z.boolean().optional(),
});

const templates = z.record(siteNameSchema, foreignName);
export const createImageSchema = z.strictObject({ name: catalogueNameSchema, templates });
/** Replaces the templates of the sites that are named; null removes one. */
export const updateImageSchema = z.strictObject({
  templates: z.record(siteNameSchema, foreignName.nullable()),
});

export const createSizeSchema = z.strictObject({
  name: catalogueNameSchema,
  cpus: z.int().min(1).max(768),
  memoryMib: z.int().min(128).max(25_165_824).multipleOf(4),
});

export const createPublisherSchema = z.strictObject({ userId: foreignName, tenantId: tenantIdSchema });

export const setQuotaSchema = z.strictObject({ limits: quotaLimitsSchema });

/** `validFrom` lies ahead; absent: from now on. */
export const createRateSchema = hourlyRatesSchema.extend({
  scope: rateScopeSchema.default({}),
  validFrom: z.iso.datetime({ offset: true }).optional(),
});

export const decideApprovalSchema = z.strictObject({
  decision: z.enum(['approve', 'reject']),
  planHash: z.string().min(1).max(128),
  comment: z.string().max(1000).default(''),
});

export const createTokenSchema = z.strictObject({
  principal: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[a-zA-Z0-9@._-]+$/, 'must hold only letters, digits and @ . _ -'),
  tenantId: tenantIdSchema.nullable(),
  roles: z.array(roleSchema).min(1),
  expiresInDays: z.int().min(1).max(365).default(90),
});

/** The secret is shown once, in `token`; only its hash is kept. */
export const createdTokenSchema = z.object({
  id: z.string(),
  token: z.string(),
  principal: z.string(),
  tenantId: z.string().nullable(),
  roles: z.array(roleSchema),
  expiresAt: z.iso.datetime(),
});
