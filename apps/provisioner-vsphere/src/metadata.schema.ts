import type { PlanDiagnostic } from '@dcm/contracts';
import { z } from 'zod';

/** A folder below the datacenter's VM folder: names joined by `/`. */
export const folderPathSchema = z
  .string()
  .max(255)
  .regex(/^[^/\\%]+(\/[^/\\%]+)*$/, 'must be folder names joined by "/"');

const name = z.string().min(1).max(255);

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
  diskProvisioning: z.enum(['thin', 'thick']).optional().describe('how space of new disks is taken; default thin'),
});
export type Metadata = z.output<typeof metadataSchema>;

/** The JSON Schema (2020-12) that the site announces. */
export const metadataJsonSchema = (): Record<string, unknown> => z.toJSONSchema(metadataSchema);

const pointerOf = (key: string): string =>
  key === '' ? '/metadata/vsphere' : `/metadata/vsphere/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** A request's metadata: what is usable, and an error for each key that is not. */
export function readMetadata(given: Readonly<Record<string, unknown>>): {
  metadata: Metadata;
  diagnostics: PlanDiagnostic[];
} {
  const parsed = metadataSchema.safeParse(given);
  if (parsed.success) return { metadata: parsed.data, diagnostics: [] };
  const diagnostics = parsed.error.issues.flatMap((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0] ?? '')];
    const known = Object.keys(metadataSchema.shape).join(', ');
    const message =
      issue.code === 'unrecognized_keys' ? `is not a key of this platform; known: ${known}` : issue.message;
    return keys.map((key): PlanDiagnostic => ({ severity: 'error', pointer: pointerOf(key), message }));
  });
  const broken = new Set(diagnostics.map(({ pointer }) => pointer));
  const usable = Object.entries(given).filter(([key]) => !broken.has(pointerOf(key)));
  return { metadata: metadataSchema.parse(Object.fromEntries(usable)), diagnostics };
}

/** Where a key stands in the request. */
export const metadataPointer = (key: keyof Metadata): string => pointerOf(key);
