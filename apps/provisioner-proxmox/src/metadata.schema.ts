import type { PlanDiagnostic } from '@dcm/contracts';
import { z } from 'zod';

/** Names that Proxmox gives to nodes, storages, pools, bridges and vnets: none of them can hold a separator of its formats. */
export const nodeNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, 'must be the name of a node');
export const storageNameSchema = z
  .string()
  .max(100)
  .regex(/^[A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]$/, 'must be the name of a storage');
export const poolNameSchema = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+){0,2}$/, 'must be the name of a pool');
export const bridgeNameSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]{0,14}$/, 'must be the name of a bridge or vnet');
export const vlanSchema = z.int().min(1).max(4094);

/** Tags that DCM writes itself begin like this. */
const OWN_TAG = /^dcm($|\.)/i;

/** What a request may say under `metadata.proxmox`. */
export const metadataSchema = z.strictObject({
  node: nodeNameSchema.optional().describe('name of the node; default: the one with most free memory'),
  storage: storageNameSchema
    .optional()
    .describe('name of the storage for all disks; with a linked clone only for further disks'),
  pool: poolNameSchema.optional().describe('name of an existing pool; default: the site’s'),
  bridge: bridgeNameSchema
    .optional()
    .describe('bridge or vnet of every network card, whatever the networks of the request are called'),
  vlan: vlanSchema.optional().describe('VLAN tag of every network card'),
  fullClone: z
    .boolean()
    .optional()
    .describe("whether the image's disks are copied; false: the VM's disks stand on the image's. Default: the site's"),
  cpuType: z
    .string()
    .regex(/^(custom-)?[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be the name of a CPU type')
    .optional()
    .describe("the guest's kind of CPU, e.g. host or x86-64-v2-AES; default: the image's"),
  bios: z.enum(['seabios', 'ovmf']).optional().describe("firmware; default: the image's"),
  tags: z
    .array(
      z
        .string()
        .max(64)
        .regex(/^[A-Za-z0-9_][A-Za-z0-9_+.-]*$/, 'must be letters, digits and inner _ + . -')
        .refine((tag) => !OWN_TAG.test(tag), "must not be one of DCM's own tags"),
    )
    .max(32)
    .optional()
    .describe("tags of the VM, beside DCM's own; Proxmox keeps them in lower case"),
  ha: z
    .boolean()
    .optional()
    .describe("whether the cluster's HA manager restarts it elsewhere; needs shared storage. Default false"),
});
export type Metadata = z.output<typeof metadataSchema>;

/** The JSON Schema (2020-12) that the site announces. */
export const metadataJsonSchema = (): Record<string, unknown> => z.toJSONSchema(metadataSchema);

/** Where a value stands in the request, by the keys that lead to it (RFC 6901). */
export const pointerIn = (keys: readonly PropertyKey[]): string =>
  ['/metadata/proxmox', ...keys.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');

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

/** Where a key stands in the request. */
export const metadataPointer = (key: keyof Metadata): string => pointerIn([key]);
