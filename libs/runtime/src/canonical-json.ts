import { createHash } from 'node:crypto';
import { DcmError } from '@dcm/contracts';

const maxDepth = 64;

/**
 * The one text of a JSON value: keys sorted, no spaces.
 * @throws DcmError INVALID_REQUEST for more than 64 levels.
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalJson(value: unknown, depth = 0): string {
  if (depth > maxDepth)
    throw new DcmError('INVALID_REQUEST', `Unable to read JSON: nested deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null, depth + 1)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member, depth + 1)}`);
  return `{${members.join(',')}}`;
}

export const sha256Hex = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** SHA-256 (hex) of a value's canonical JSON: the same however a publisher ordered its keys. */
export const sha256OfJson = (value: unknown): string => sha256Hex(canonicalJson(value));
