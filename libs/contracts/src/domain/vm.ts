import { z } from 'zod';
import { DcmError } from '../errors/dcm.error';
import {
  catalogueNameSchema,
  operationIdSchema,
  platformSchema,
  projectIdSchema,
  siteNameSchema,
  tenantIdSchema,
  vmIdSchema,
} from '../ids';

export const lifecycles = [
  'requested',
  'provisioning',
  'active',
  'reconfiguring',
  'deleting',
  'deleted',
  'failed',
] as const;
export const lifecycleSchema = z.enum(lifecycles);
/** What DCM wants of the VM. */
export type Lifecycle = z.infer<typeof lifecycleSchema>;

/** `failed → deleting` cleans up; `failed → active` is evidence that arrives late; `deleting → active` is a delete that was refused. */
export const lifecycleTransitions: Record<Lifecycle, readonly Lifecycle[]> = {
  requested: ['provisioning', 'failed', 'deleting', 'deleted'],
  provisioning: ['active', 'failed', 'deleting'],
  active: ['reconfiguring', 'deleting'],
  reconfiguring: ['active', 'failed', 'deleting'],
  deleting: ['deleted', 'active', 'failed'],
  deleted: ['deleting'],
  failed: ['active', 'deleting', 'deleted'],
};

/** @throws DcmError INTERNAL for a transition that the table does not know. Staying in a state is allowed. */
export function assertLifecycleTransition(from: Lifecycle, to: Lifecycle): void {
  if (from !== to && !lifecycleTransitions[from].includes(to)) {
    throw new DcmError('INTERNAL', `Unable to move a VM from ${from} to ${to}: the transition is not allowed`);
  }
}

export const powerStateSchema = z.enum(['on', 'off', 'suspended', 'paused', 'unknown']);
export type PowerState = z.infer<typeof powerStateSchema>;

export const presenceSchema = z.enum(['present', 'missing', 'unreachable', 'unknown']);
/** Whether the hypervisor shows the VM. `unknown` until it was looked for once. */
export type Presence = z.infer<typeof presenceSchema>;

/** A condition in the sense of the Kubernetes API conventions. */
export const conditionSchema = z.object({
  type: z.enum(['InfraReady', 'CustomizationDone', 'GuestReady', 'AddressAssigned', 'InSync']),
  status: z.enum(['true', 'false', 'unknown']),
  reason: z.string(),
  at: z.iso.datetime(),
});
export type Condition = z.infer<typeof conditionSchema>;

/** An address with its provenance; loopback, link-local and container bridges are never `primary`. */
export const addressSchema = z.object({
  address: z.string(),
  mac: z.string().nullable(),
  network: z.string().nullable(),
  source: z.enum(['guest-tools', 'guest-agent', 'cloud-init', 'dhcp', 'static']),
  primary: z.boolean(),
  seenAt: z.iso.datetime(),
});
export type Address = z.infer<typeof addressSchema>;

const label = z.string().max(63);
export const labelsSchema = z.record(z.string().regex(/^[a-zA-Z0-9]([a-zA-Z0-9._/-]{0,61}[a-zA-Z0-9])?$/), label);

/** A VM's name: an RFC 1123 label, so that it is a host name and is safe on every platform. */
export const vmNameSchema = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$/, 'must be 1 to 53 lower-case letters, digits and inner hyphens');

/** Of a size, a VM, or what an image needs. */
export const cpusSchema = z.int().min(1).max(768);
export const memoryMibSchema = z.int().min(128).max(25_165_824).multipleOf(4);

export const diskSchema = z.strictObject({ sizeGib: z.int().min(1).max(65_536) });
export type Disk = z.infer<typeof diskSchema>;

/** Whether the image's disks are copied, or the VM's stand on them. */
export const cloneSchema = z.enum(['full', 'linked']);
export type CloneMode = z.infer<typeof cloneSchema>;

/** `secureBoot`: whether the VM starts only systems that bear a signature it trusts. */
export const firmwareSchema = z.strictObject({ secureBoot: z.boolean() });
export type Firmware = z.infer<typeof firmwareSchema>;

const ipv4Cidr = z.cidrv4();

/** A network by its name on the site. No `address` means DHCP; a static one needs the prefix and may name gateway and DNS servers. */
export const networkSchema = z.strictObject({
  network: z.string().min(1).max(255),
  address: z
    .strictObject({ cidr: ipv4Cidr, gateway: z.ipv4().optional(), dns: z.array(z.ipv4()).max(4).optional() })
    .optional(),
});
export type NetworkRequest = z.infer<typeof networkSchema>;

/**
 * A snapshot that DCM made. `id` is the id of the operation that made it; on the platform it is called `platformName`
 * (`<name>-<the last 8 hex of id>`: the first ones are a time), so that the same operation again finds it instead of making a second one.
 */
export const snapshotSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  platformName: z.string(),
  description: z.string(),
  memory: z.boolean(),
  isCurrent: z.boolean(),
  createdAt: z.iso.datetime(),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** The VM as everybody sees it: HTTP, events, the read model. Guest secrets are never part of it. */
export const vmSchema = z.object({
  id: vmIdSchema,
  tenantId: tenantIdSchema,
  projectId: projectIdSchema,
  site: siteNameSchema,
  platform: platformSchema,
  name: z.string(),
  platformName: z.string(),
  image: catalogueNameSchema.nullable(),
  size: catalogueNameSchema.nullable(),
  cpus: z.int(),
  memoryMib: z.int(),
  disks: z.array(z.object({ sizeGib: z.int() })),
  networks: z.array(z.object({ network: z.string() })),
  labels: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.unknown()),
  deletionProtection: z.boolean(),
  lifecycle: lifecycleSchema,
  power: powerStateSchema,
  presence: presenceSchema,
  nativeState: z.string().nullable(),
  nativeId: z.string().nullable(),
  conditions: z.array(conditionSchema),
  addresses: z.array(addressSchema),
  snapshots: z.array(snapshotSchema),
  operationId: operationIdSchema,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  observedAt: z.iso.datetime().nullable(),
  seq: z.int().min(0),
});
export type Vm = z.infer<typeof vmSchema>;

/** SOFT asks the guest, HARD pulls the plug, TRY_SOFT asks and pulls the plug after a deadline. ON, SUSPEND and RESUME have no mode. */
export const powerRequestSchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('ON') }),
  z.strictObject({ action: z.literal('SUSPEND') }),
  z.strictObject({ action: z.literal('RESUME') }),
  z.strictObject({ action: z.literal('OFF'), mode: z.enum(['SOFT', 'HARD', 'TRY_SOFT']).default('TRY_SOFT') }),
  z.strictObject({ action: z.literal('RESTART'), mode: z.enum(['SOFT', 'HARD', 'TRY_SOFT']).default('TRY_SOFT') }),
]);
export type PowerAction = z.infer<typeof powerRequestSchema>;
