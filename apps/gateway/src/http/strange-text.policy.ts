import { DcmError } from '@dcm/contracts';

/** NUL and lone surrogates are legal in JSON text and cannot be stored in PostgreSQL or written to XML. */
const unstorable = /[\0\p{Surrogate}]/u;
const maxDepth = 20;

const escape = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

function problemOf(value: unknown, pointer: string, depth: number): { pointer: string; message: string } | undefined {
  if (typeof value === 'string')
    return unstorable.test(value) ? { pointer, message: 'must not hold NUL or half of a surrogate pair' } : undefined;
  if (value === null || typeof value !== 'object') return undefined;
  if (depth >= maxDepth) return { pointer, message: `must not be nested deeper than ${maxDepth} levels` };
  for (const [key, field] of Object.entries(value)) {
    const place = `${pointer}/${escape(key)}`;
    if (key === '__proto__' || unstorable.test(key)) return { pointer: place, message: 'must not be a key' };
    const found = problemOf(field, place, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Refuses what would only fail further inside: text that no store takes, and nesting that exhausts the stack.
 * @param prefix stands before the pointer: '' for the body, `query`, `path`.
 * @throws DcmError INVALID_REQUEST with the first such place.
 */
export function refuseStrangeText(value: unknown, prefix: string): void {
  const found = problemOf(value, prefix, 0);
  if (found === undefined) return;
  const pointer = found.pointer === '' ? '/' : found.pointer;
  throw new DcmError('INVALID_REQUEST', `Unable to accept the request: ${pointer} ${found.message}`, {
    details: [{ pointer, message: found.message }],
  });
}
