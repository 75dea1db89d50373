import { z } from 'zod';
import { DcmError, type ErrorDetail } from './dcm.error';
import { errorCodes } from './error-table';

export const errorDetailSchema = z.object({ pointer: z.string(), message: z.string() });

/** An error as it stands in operations, replies and dead letters. */
export const errorBodySchema = z.object({
  code: z.enum(errorCodes),
  message: z.string(),
  details: z.array(errorDetailSchema).optional(),
});

/** RFC 9457 problem document. `type` is a page of the reference, `requestId` finds the log lines. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(errorCodes),
  detail: z.string(),
  instance: z.string().optional(),
  requestId: z.string(),
  errors: z.array(errorDetailSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => '/' + String(part).replaceAll('~', '~0').replaceAll('/', '~1')).join('');

const detailsOf = (error: z.ZodError, prefix: string): ErrorDetail[] =>
  error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          pointer: prefix + pointerOf([...issue.path, key]),
          message: `unknown key "${key}"`,
        }))
      : [{ pointer: prefix + pointerOf(issue.path) || '/', message: issue.message }],
  );

/**
 * Validates at a door.
 * @param what names the thing in the message, e.g. `VM request`.
 * @param prefix stands before each JSON pointer, e.g. `query`.
 * @throws DcmError INVALID_REQUEST with one detail per broken place.
 */
export function parseOrThrow<S extends z.ZodType>(schema: S, value: unknown, what: string, prefix = ''): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const details = detailsOf(result.error, prefix);
  const first = details[0];
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
  throw new DcmError(
    'INVALID_REQUEST',
    `Unable to accept ${what}: ${first?.pointer ?? ''} ${first?.message ?? ''}${more}`,
    { details },
  );
}
