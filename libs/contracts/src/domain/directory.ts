import { z } from 'zod';
import { catalogueNameSchema, platformSchema, projectIdSchema, siteNameSchema, tenantIdSchema } from '../ids';
import { visibilitySchema } from './visibility';
import { platformDescriptionSchema, resourcePoolSchema } from '../hypervisor/description';

export const tenantSchema = z.object({
  id: tenantIdSchema,
  name: z.string(),
  createdAt: z.iso.datetime(),
  seq: z.int().min(0),
});
export type Tenant = z.infer<typeof tenantSchema>;

const upTo = z.int().min(0);

/**
 * Which requests run without a human. A request within every threshold is approved by policy; any other waits for one
 * approver for `approvalTtlHours`, after which `onExpiry` holds. Absent `autoApprove` means: everything is approved.
 */
export const policySchema = z.strictObject({
  autoApprove: z
    .strictObject({ maxVcpus: upTo.optional(), maxMemoryMib: upTo.optional(), maxDiskGib: upTo.optional() })
    .optional(),
  approvalTtlHours: z.number().positive().max(720).default(72),
  onExpiry: z.enum(['reject', 'approve']).default('reject'),
});
export type Policy = z.infer<typeof policySchema>;

/** A project is bound to one site; that binding picks the platform. */
export const projectSchema = z.object({
  id: projectIdSchema,
  tenantId: tenantIdSchema,
  name: z.string(),
  site: siteNameSchema,
  platform: platformSchema,
  policy: policySchema,
  createdAt: z.iso.datetime(),
  seq: z.int().min(0),
});
export type Project = z.infer<typeof projectSchema>;

/**
 * What the last complete scan of a site found. `vms` counts all VMs, `ours` those with a mark of this installation, `missing` those that
 * DCM knows and did not see. `isSuspect`: so many vanished at once that no VM's presence was changed; `detail` says why.
 */
export const siteScanSchema = z.object({
  finishedAt: z.iso.datetime(),
  vms: z.int().min(0),
  ours: z.int().min(0),
  missing: z.int().min(0),
  isSuspect: z.boolean(),
  detail: z.string().nullable(),
});
export type SiteScan = z.infer<typeof siteScanSchema>;

export const siteStateSchema = z.enum(['registered', 'online', 'paused', 'silent', 'draining']);

/** A site as registered by an administrator, with what its provisioner announced. */
export const siteSchema = z.object({
  name: siteNameSchema,
  platform: platformSchema,
  state: siteStateSchema,
  maxConcurrent: z.int().min(1),
  description: platformDescriptionSchema.nullable(),
  sealingKey: z.string().nullable(),
  announcedAt: z.iso.datetime().nullable(),
  pausedUntil: z.iso.datetime().nullable(),
  pauseReason: z.string().nullable(),
  scan: siteScanSchema.nullable(),
  createdAt: z.iso.datetime(),
  seq: z.int().min(0),
});
export type Site = z.infer<typeof siteSchema>;

export const siteResourcesSchema = z.object({
  site: siteNameSchema,
  pools: z.array(resourcePoolSchema),
  observedAt: z.iso.datetime().nullable(),
  seq: z.int().min(0),
});
export type SiteResources = z.infer<typeof siteResourcesSchema>;

/** Absent `visibility`: all. */
export const sizeSchema = z.object({
  name: catalogueNameSchema,
  cpus: z.int().min(1),
  memoryMib: z.int().min(128),
  visibility: visibilitySchema.optional(),
  seq: z.int().min(0),
});
export type Size = z.infer<typeof sizeSchema>;

/** A system that may publish requests: its broker-validated `user_id` stands for one tenant. A `relay` carries signed requesters. */
export const publisherSchema = z.object({
  userId: z.string(),
  tenantId: tenantIdSchema.nullable(),
  relay: z.boolean(),
  createdAt: z.iso.datetime(),
  seq: z.int().min(0),
});
export type Publisher = z.infer<typeof publisherSchema>;
