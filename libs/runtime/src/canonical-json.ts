import { createHash } from 'node:crypto';

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, field]) => [key, sorted(field)]));
};

/** JSON with sorted keys and no absent fields: equal values give equal text. */
export const canonicalJson = (value: unknown): string => JSON.stringify(sorted(value));

export const sha256Hex = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
