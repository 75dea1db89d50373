import type { PlanDiagnostic } from '@dcm/contracts';
import { z } from 'zod';
import { CUSTOMIZATIONS, linuxSchema, windowsSchema } from './customization.schema';

/** A folder below the datacenter's VM folder: names joined by `/`. */
export const folderPathSchema = z
  .string()
  .max(255)
  .regex(/^[^/\\%]+(\/[^/\\%]+)*$/, 'must be folder names joined by "/"');

const name = z.string().min(1).max(255);

const MAX_SETTINGS = 64;

/** Advanced settings; which keys may be set is the site's decision. A value is one line. */
const settingsSchema = z
  .record(
    z
      .string()
      .max(255)
      .regex(/^[A-Za-z0-9_:-]+(\.[A-Za-z0-9_:-]+)*$/, 'must be names joined by "."'),
    z
      .string()
      .min(1)
      .max(8192)
      .regex(/^[^\p{Cc}]*$/u, 'must hold no control characters'),
  )
  .refine((settings) => Object.keys(settings).length <= MAX_SETTINGS, `must be at most ${MAX_SETTINGS}`);

/** What a request may say under `metadata.vsphere`. */
export const metadataSchema = z.strictObject({
  folder: folderPathSchema.optional().describe('existing folder below the VM folder of the datacenter'),
  datastore: name.optional().describe('name of the datastore for all disks'),
  cluster: name.optional().describe('name of the cluster or standalone host'),
  resourcePool: name.optional().describe('name or path of the resource pool'),
  guestId: z
    .string()
    .regex(/^[A-Za-z0-9_]{1,64}$/)
    .optional()
    .describe("vSphere's identifier of the guest operating system, e.g. debian12_64Guest"),
  linkedClone: z
    .boolean()
    .optional()
    .describe("whether the VM's disks stand on the image's current snapshot instead of being copied; default false"),
  customization: z
    .enum(CUSTOMIZATIONS)
    .optional()
    .describe(
      'who tells the guest its name and addresses: cloud-init in the image (default), VMware Tools (linux, windows), or nobody',
    ),
  linux: linuxSchema.optional().describe('for the customization linux'),
  windows: windowsSchema.optional().describe('for the customization windows; needs guest.adminPassword'),
  diskProvisioning: z.enum(['thin', 'thick']).optional().describe('how space of new disks is taken; default thin'),
  extraConfig: settingsSchema
    .optional()
    .describe(
      'advanced settings by key, of those that are safe: guestinfo.* (but not metadata, userdata, vendordata), disk.EnableUUID and few others; the plan names them',
    ),
});
export type Metadata = z.output<typeof metadataSchema>;

/** The JSON Schema (2020-12) that the site announces. */
export const metadataJsonSchema = (): Record<string, unknown> => z.toJSONSchema(metadataSchema);

/** Where a value stands in the request, by the keys that lead to it (RFC 6901). */
export const pointerIn = (keys: readonly PropertyKey[]): string =>
  ['/metadata/vsphere', ...keys.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');

/** A request's metadata: what is usable, and an error for each key that is not. */
export function readMetadata(given: Readonly<Record<string, unknown>>): {
  metadata: Metadata;
  diagnostics: PlanDiagnostic[];
} {
  const parsed = metadataSchema.safeParse(given);
  if (parsed.success) return { metadata: parsed.data, diagnostics: [] };
  const { issues } = parsed.error;
  const broken = new Set(issues.flatMap((issue) => pathsOf(issue).map(([key]) => key)));
  const usable = Object.entries(given).filter(([key]) => !broken.has(key));
  return { metadata: metadataSchema.parse(Object.fromEntries(usable)), diagnostics: issues.flatMap(diagnosticsOf) };
}

type Issue = z.core.$ZodIssue;

const pathsOf = (issue: Issue): PropertyKey[][] =>
  issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];

const diagnosticsOf = (issue: Issue): PlanDiagnostic[] =>
  pathsOf(issue).map((path) => ({ severity: 'error', pointer: pointerIn(path), message: messageOf(issue) }));

function messageOf(issue: Issue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  if (issue.code !== 'unrecognized_keys') return issue.message;
  if (issue.path.length > 0) return 'is not a key of it';
  return `is not a key of this platform; known: ${Object.keys(metadataSchema.shape).join(', ')}`;
}

/** Where a key stands in the request. */
export const metadataPointer = (key: keyof Metadata): string => pointerIn([key]);
