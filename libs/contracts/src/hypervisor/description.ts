import { z } from 'zod';
import { platformSchema } from '../ids';

/** Everything an adapter may or may not support; a conformance case names the feature that it needs. */
export const features = [
  'create-from-image',
  'create-blank',
  'linked-clone',
  'secure-boot',
  'domain-join',
  'power-soft',
  'power-hard',
  'power-suspend',
  'restart-soft',
  'resize-hot',
  'resize-cold',
  'disk-grow',
  'snapshots',
  'console',
  'static-address',
  'cloud-init',
  'change-feed',
  'adoption',
] as const;
export const featureSchema = z.enum(features);
export type Feature = z.infer<typeof featureSchema>;

/** CONDITIONAL works under the condition that `reason` names; `limits` are figures, with the unit in the key. */
export const capabilitySchema = z.object({
  feature: featureSchema,
  support: z.enum(['SUPPORTED', 'CONDITIONAL', 'UNSUPPORTED']),
  reason: z.string(),
  limits: z.record(z.string(), z.number()).optional(),
});
export type Capability = z.infer<typeof capabilitySchema>;

/** What a provisioner says of the platform behind one site. `metadataSchema` is the JSON Schema (2020-12) of the platform's metadata keys. */
export const platformDescriptionSchema = z.object({
  platform: platformSchema,
  product: z.string(),
  version: z.string(),
  serverId: z.string(),
  capabilities: z.array(capabilitySchema),
  metadataSchema: z.record(z.string(), z.unknown()),
});
export type PlatformDescription = z.infer<typeof platformDescriptionSchema>;

/** Whether a site can do work, with the missing privileges by their vendor's names. */
export const siteHealthSchema = z.object({
  reachable: z.boolean(),
  loggedIn: z.boolean(),
  missingPrivileges: z.array(z.string()),
  detail: z.string(),
  latencyMs: z.number().nullable(),
});
export type SiteHealth = z.infer<typeof siteHealthSchema>;

const capacity = z.object({
  cpuCores: z.number().nullable(),
  cpuTotalMhz: z.number().nullable(),
  cpuUsedMhz: z.number().nullable(),
  memoryTotalMib: z.number().nullable(),
  memoryUsedMib: z.number().nullable(),
});

/** A place where VMs run (cluster, host, node, host group) with what it offers. Null means that the platform does not say. */
export const resourcePoolSchema = z.object({
  nativeId: z.string(),
  kind: z.enum(['cluster', 'host', 'resource-pool', 'node', 'host-group', 'cloud']),
  name: z.string(),
  path: z.string(),
  available: z.boolean(),
  capacity,
  storages: z.array(
    z.object({
      nativeId: z.string(),
      name: z.string(),
      type: z.string(),
      shared: z.boolean(),
      available: z.boolean(),
      totalGib: z.number().nullable(),
      freeGib: z.number().nullable(),
    }),
  ),
  networks: z.array(z.object({ nativeId: z.string(), name: z.string(), kind: z.string() })),
  images: z.array(z.object({ nativeId: z.string(), name: z.string(), guestOs: z.string().nullable() })),
});
export type ResourcePool = z.infer<typeof resourcePoolSchema>;
