import { createHash } from 'node:crypto';
import { DcmError } from '@dcm/contracts';

const maxDepth = 64;

const tooDeep = (): DcmError =>
  new DcmError('INVALID_REQUEST', `Unable to read JSON: nested deeper than ${maxDepth} levels`);

/** @throws DcmError INVALID_REQUEST for a JSON value of more than 64 levels, as `canonicalJson` does. */
export function refuseDeep(value: unknown, depth = 0): void {
  if (depth > maxDepth) throw tooDeep();
  if (typeof value !== 'object' || value === null) return;
  for (const member of Object.values(value)) refuseDeep(member, depth + 1);
}

/**
 * The one text of a JSON value: keys sorted, no spaces.
 * @throws DcmError INVALID_REQUEST for more than 64 levels.
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalJson(value: unknown, depth = 0): string {
  if (depth > maxDepth) throw tooDeep();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  return Array.isArray(value) ? arrayJson(value, depth + 1) : objectJson(value as Record<string, unknown>, depth + 1);
}

// Loops and one string that grows: every state of every journal row goes through here.
function arrayJson(items: readonly unknown[], depth: number): string {
  let text = '[';
  for (const item of items) text += `${text === '[' ? '' : ','}${canonicalJson(item ?? null, depth)}`;
  return `${text}]`;
}

function objectJson(value: Readonly<Record<string, unknown>>, depth: number): string {
  let text = '{';
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined)
      text += `${text === '{' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member, depth)}`;
  }
  return `${text}}`;
}

export const sha256Hex = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** SHA-256 (hex) of a value's canonical JSON: the same however a publisher ordered its keys. */
export const sha256OfJson = (value: unknown): string => sha256Hex(canonicalJson(value));
