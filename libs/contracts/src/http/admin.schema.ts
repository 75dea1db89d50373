import { z } from 'zod';
import { policySchema } from '../domain/directory';
import { imageDefaultsSchema, imageMinimumsSchema, imageStateSchema } from '../domain/image';
import { quotaLimitsSchema } from '../domain/quota';
import { hourlyRatesSchema, rateScopeSchema } from '../domain/rate';
import { roleSchema } from '../domain/role';
import { visibilitySchema } from '../domain/visibility';
import { cpusSchema, memoryMibSchema } from '../domain/vm';
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

const description = z
  .string()
  .trim()
  .min(1)
  .max(500)
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

/** A default size excludes figures of its own, as in a request; the figures come together. */
const imageDefaults = imageDefaultsSchema.superRefine(({ size, cpus, memoryMib }, ctx) => {
  const hasFigures = cpus !== undefined || memoryMib !== undefined;
  if (size !== undefined && hasFigures) {
    ctx.addIssue({ code: 'custom', path: ['size'], message: 'excludes cpus and memoryMib: a size names both' });
  } else if ((cpus === undefined) !== (memoryMib === undefined)) {
    const path = [cpus === undefined ? 'cpus' : 'memoryMib'];
    ctx.addIssue({ code: 'custom', path, message: 'is required beside the other: they are taken together' });
  }
});

/** `guestOs` as libosinfo calls it in short: `debian12`, `win2k22`. `versions` says which version the template of a site is. */
export const createImageSchema = z.strictObject({
  name: catalogueNameSchema,
  templates: z.record(siteNameSchema, foreignName),
  versions: z.record(siteNameSchema, displayName).optional(),
  guestOs: catalogueNameSchema.optional(),
  description: description.optional(),
  defaults: imageDefaults.optional(),
  minimums: imageMinimumsSchema.optional(),
  visibility: visibilitySchema.optional(),
});

const updateImageFields = z.strictObject({
  templates: z.record(siteNameSchema, foreignName.nullable()).optional(),
  versions: z.record(siteNameSchema, displayName.nullable()).optional(),
  guestOs: catalogueNameSchema.nullable().optional(),
  description: description.nullable().optional(),
  defaults: imageDefaults.nullable().optional(),
  minimums: imageMinimumsSchema.nullable().optional(),
  state: imageStateSchema.optional(),
  visibility: visibilitySchema.optional(),
});
/**
 * Replaces what is named and keeps the rest: templates and versions of the sites that are named, defaults and minimums as a whole. null removes.
 * `state: retired` ends new VMs of it and leaves those that there are.
 */
export const updateImageSchema = updateImageFields.refine(
  (body) => updateImageFields.keyof().options.some((field) => body[field] !== undefined),
  { message: 'must name at least one thing to change' },
);

export const createSizeSchema = z.strictObject({
  name: catalogueNameSchema,
  cpus: cpusSchema,
  memoryMib: memoryMibSchema,
  visibility: visibilitySchema.optional(),
});
/** A size's figures stay what they are: VMs and rates bear its name. */
export const updateSizeSchema = z.strictObject({ visibility: visibilitySchema });

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
