import { DcmError } from '@dcm/contracts';

const deepest = 32;
/** A lone surrogate or NUL: JSON can say them, PostgreSQL cannot keep them. */
const unstorable = /[\uD800-\uDFFF]|\0/u;

const broken = (pointer: string, message: string): DcmError =>
  new DcmError('INVALID_REQUEST', `Unable to accept the request: ${pointer || '/'} ${message}`, {
    details: [{ pointer: pointer || '/', message }],
  });

interface Place {
  readonly value: unknown;
  readonly pointer: string;
  readonly depth: number;
}

const stepOf = (key: string): string => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/**
 * Refuses what is valid JSON and cannot be kept: lone surrogates, NUL characters, and nesting that only means harm. Walks without recursion.
 * @throws DcmError INVALID_REQUEST naming the place.
 */
export function assertStorable(data: unknown): void {
  const places: Place[] = [{ value: data, pointer: '', depth: 0 }];
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const { value, pointer, depth } = place;
    if (typeof value === 'string' && unstorable.test(value)) {
      throw broken(pointer, 'must not hold NUL characters or lone surrogates');
    }
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= deepest) throw broken(pointer, `must not be nested deeper than ${deepest} levels`);
    for (const [key, member] of Object.entries(value)) {
      if (unstorable.test(key)) throw broken(pointer, 'has a key with NUL characters or lone surrogates');
      places.push({ value: member, pointer: pointer + stepOf(key), depth: depth + 1 });
    }
  }
}
