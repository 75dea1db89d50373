import { parseOrThrow, type Route } from '@dcm/contracts';
import { z } from 'zod';
import { refuseStrangeText } from './strange-text.policy';

/** What came with a request, unvalidated. */
export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

const nothing = z.strictObject({});

const readPart = (
  schema: z.ZodType | undefined,
  value: unknown,
  [what, prefix]: readonly [string, string],
): unknown => {
  refuseStrangeText(value, prefix);
  if (schema !== undefined) return parseOrThrow(schema, value, what, prefix);
  parseOrThrow(nothing, value ?? {}, what, prefix);
  return undefined;
};

/**
 * Validates path, query and body against the route; what a route does not take must not be there.
 * @throws DcmError INVALID_REQUEST with a pointer for each broken place: `/name` in the body, `query/…`, `path/…`.
 */
export const readInput = (route: Route, raw: RawInput): { params: unknown; query: unknown; body: unknown } => ({
  params: readPart(route.params, raw.params, ['the path', 'path']),
  query: readPart(route.query, raw.query, ['the query', 'query']),
  body: readPart(route.body, raw.body, ['the body', '']),
});
