import { z } from 'zod';

/** Identifiers are branded: a project's id cannot be handed to a function that wants a tenant's. All are lower-case UUIDs. */
const uuid = z.uuid().transform((value) => value.toLowerCase());

export const tenantIdSchema = uuid.pipe(z.string().brand<'TenantId'>());
export type TenantId = z.infer<typeof tenantIdSchema>;

export const projectIdSchema = uuid.pipe(z.string().brand<'ProjectId'>());
export type ProjectId = z.infer<typeof projectIdSchema>;

/** The identity of a VM in DCM; on the hypervisor it is the `instanceId` of the ownership mark. */
export const vmIdSchema = uuid.pipe(z.string().brand<'VmId'>());
export type VmId = z.infer<typeof vmIdSchema>;

export const operationIdSchema = uuid.pipe(z.string().brand<'OperationId'>());
export type OperationId = z.infer<typeof operationIdSchema>;

export const approvalIdSchema = uuid.pipe(z.string().brand<'ApprovalId'>());
export type ApprovalId = z.infer<typeof approvalIdSchema>;

export const imageIdSchema = uuid.pipe(z.string().brand<'ImageId'>());
export type ImageId = z.infer<typeof imageIdSchema>;

export const policyIdSchema = uuid.pipe(z.string().brand<'PolicyId'>());
export type PolicyId = z.infer<typeof policyIdSchema>;

const slug = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,62}$/,
    'must start with a letter and hold at most 63 lower-case letters, digits and hyphens',
  );

/** A site's name is a word of routing keys: no dots, no wildcards. */
export const siteNameSchema = slug.brand<'SiteName'>();
export type SiteName = z.infer<typeof siteNameSchema>;

/** A platform's identifier as its provisioner announces it: open, never an enum. */
export const platformSchema = slug.brand<'Platform'>();
export type Platform = z.infer<typeof platformSchema>;

/** Logical names of images and sizes, chosen by the operator. */
export const catalogueNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be 1 to 63 lower-case letters, digits, dots, underscores and hyphens');
export type CatalogueName = z.infer<typeof catalogueNameSchema>;
