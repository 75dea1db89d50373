import type { PlanDiagnostic } from '@dcm/contracts';
import { z } from 'zod';

const name = z.string().min(1).max(255);

/** How a generation 2 VM trusts what it starts; the template's own when it is not said. */
export const SECURE_BOOTS = ['off', 'windows', 'uefi-ca'] as const;
export type SecureBoot = (typeof SECURE_BOOTS)[number];

/** What a request may say under `metadata.hyperv`. */
export const metadataSchema = z.strictObject({
  cloud: name.optional().describe('name of the VMM cloud to create in; not beside hostGroup, host or csv'),
  hostGroup: name.optional().describe('name or path of the host group in which VMM chooses the host'),
  host: name.optional().describe('name of the host to create on'),
  csv: name
    .optional()
    .describe('name or path of the volume for all disks, such as Volume1 or C:\\ClusterStorage\\Volume1'),
  generation: z
    .union([z.literal(1), z.literal(2)])
    .optional()
    .describe("generation that the image must have; VMM does not change an image's own"),
  secureBoot: z
    .enum(SECURE_BOOTS)
    .optional()
    .describe('secure boot of a generation 2 VM: off, for Windows, or for systems signed by the UEFI CA (Linux)'),
  dynamicMemory: z.boolean().optional().describe("whether the host may vary the VM's memory; default false"),
  vmNetwork: name.optional().describe('VM network of a request that names none'),
  vlan: z.int().min(1).max(4094).optional().describe('VLAN of all network cards that are asked for'),
  runAsAccount: name
    .optional()
    .describe(
      "name of VMM's Run As account whose password the Windows administrator gets; not beside guest.adminPassword",
    ),
});
export type Metadata = z.output<typeof metadataSchema>;

/** The JSON Schema (2020-12) that the site announces. */
export const metadataJsonSchema = (): Record<string, unknown> => z.toJSONSchema(metadataSchema);

/** Where a value stands in the request, by the keys that lead to it (RFC 6901). */
const pointerIn = (keys: readonly PropertyKey[]): string =>
  ['/metadata/hyperv', ...keys.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');

/** Where a key stands in the request. */
export const metadataPointer = (key: keyof Metadata): string => pointerIn([key]);

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

const messageOf = (issue: Issue): string =>
  issue.code === 'unrecognized_keys'
    ? `is not a key of this platform; known: ${Object.keys(metadataSchema.shape).join(', ')}`
    : issue.message;
