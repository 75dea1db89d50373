import { z } from 'zod';
import {
  addressSchema,
  cloneSchema,
  diskSchema,
  firmwareSchema,
  labelsSchema,
  networkSchema,
  powerStateSchema,
} from '../domain/vm';
import { planLossSchema } from '../domain/loss';
import { planDiagnosticSchema } from '../domain/plan';

/** The mark that DCM writes on every VM it makes, in the same call that makes it. All four are lower-case UUIDs or slugs. */
export const ownershipSchema = z.object({
  installation: z.string(),
  tenant: z.string(),
  project: z.string(),
  instance: z.string(),
});
export type Ownership = z.infer<typeof ownershipSchema>;

/** `userData` and the passwords are sealed for the site in every message (`sealed:v1:…`) and open only inside the provisioner. */
export const guestSchema = z.object({
  hostname: z.string().nullable(),
  sshKeys: z.array(z.string()),
  userData: z.string().nullable(),
  adminPassword: z.string().nullable().optional(),
  domain: z
    .object({
      name: z.string(),
      user: z.string(),
      password: z.string().nullable(),
      organizationalUnit: z.string().optional(),
    })
    .optional(),
});
export type Guest = z.infer<typeof guestSchema>;

/**
 * What is asked for, with image and size resolved to this site. `platformName` is `<name>-<8 hex of instanceId>`, unique in its
 * folder. `image.source` is the template's name or native id on the site; null makes a blank VM. `disks[0]` is the system disk:
 * absent keeps the image's own; larger than the image's grows it. `clone` and
 * `firmware`: absent leaves them to platform and template. `metadata` holds this platform's keys only.
 */
export const vmSpecSchema = z.object({
  name: z.string(),
  platformName: z.string(),
  image: z.object({ name: z.string(), source: z.string() }).nullable(),
  cpus: z.int().min(1),
  memoryMib: z.int().min(1),
  disks: z.array(diskSchema),
  networks: z.array(networkSchema),
  clone: cloneSchema.optional(),
  firmware: firmwareSchema.optional(),
  poweredOn: z.boolean(),
  labels: labelsSchema,
  metadata: z.record(z.string(), z.unknown()),
  guest: guestSchema,
});
export type VmSpec = z.infer<typeof vmSpecSchema>;

/** The adapter's answer to `plan`. `scope` is part of what is approved; `hints` (host, datastore) may differ at creation. `diskGib` is the total that the VM will hold. */
export const planSchema = z.object({
  diagnostics: z.array(planDiagnosticSchema),
  losses: z.array(planLossSchema),
  image: z.object({ name: z.string(), nativeId: z.string(), version: z.string() }).nullable(),
  networks: z.array(z.object({ name: z.string(), nativeId: z.string() })),
  diskGib: z.int().min(0),
  scope: z.record(z.string(), z.string()),
  hints: z.record(z.string(), z.string()),
});
export type Plan = z.infer<typeof planSchema>;

/** A spec with the plan that was approved for it. */
export const resolvedVmSchema = z.object({ spec: vmSpecSchema, plan: planSchema });
export type ResolvedVm = z.infer<typeof resolvedVmSchema>;

/** How to find a VM: by its native id, and by the mark that must be on it. */
export const vmRefSchema = z.object({ nativeId: z.string(), ownership: ownershipSchema });
export type VmRef = z.infer<typeof vmRefSchema>;

/** Size as the hypervisor shows it; null is "does not say" (a half-built VM). */
export const vmStatusSchema = z.object({
  nativeId: z.string(),
  name: z.string().nullable(),
  ownership: ownershipSchema.nullable(),
  /** false while the platform is still building it. */
  complete: z.boolean(),
  power: powerStateSchema,
  nativeState: z.string(),
  cpus: z.int().nullable(),
  memoryMib: z.int().nullable(),
  disks: z.array(z.object({ sizeGib: z.number() })),
  addresses: z.array(addressSchema),
  /** By the platform's names, strangers' too; absent: this read did not ask. */
  snapshots: z.array(z.object({ name: z.string(), createdAt: z.iso.datetime(), isCurrent: z.boolean() })).optional(),
  guestTools: z.enum(['running', 'not-running', 'unknown']),
  /** When the guest last started, where the platform says it: the proof of a restart. */
  bootedAt: z.iso.datetime().nullable(),
  changeVersion: z.string().nullable(),
  observedAt: z.iso.datetime(),
});
export type VmStatus = z.infer<typeof vmStatusSchema>;

/** `how` tells whether this call made the VM or found the one that an earlier attempt made. */
export interface ProvisionedVm {
  readonly how: 'created' | 'adopted';
  readonly status: VmStatus;
}

/** A light row of a scan: strangers too. */
export const vmRowSchema = z.object({
  nativeId: z.string(),
  name: z.string().nullable(),
  ownership: ownershipSchema.nullable(),
  power: powerStateSchema,
});
export type VmRow = z.infer<typeof vmRowSchema>;

/** The last page of a scan that saw everything says `complete`; a scan that broke off never does. */
export interface VmPage {
  readonly rows: readonly VmRow[];
  readonly complete: boolean;
}

/** An absolute target; an absent field stays as it is. Disks by position; a disk never shrinks. */
export const vmTargetSchema = z.object({
  cpus: z.int().min(1).optional(),
  memoryMib: z.int().min(1).optional(),
  disks: z.array(diskSchema).optional(),
});
export type VmTarget = z.infer<typeof vmTargetSchema>;
