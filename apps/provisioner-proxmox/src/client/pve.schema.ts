import { z } from 'zod';
import { PveTransportError } from './pve.errors';

/** A number, which PVE also writes as text: `512`, `"512"`, `"0.27"`. */
export const pveNumber = z.union([z.number(), z.string().trim().min(1).transform(Number)]).pipe(z.number());

/** A truth value, which PVE writes as 1, 0, `"1"`, `"0"`, true, false or not at all. */
export const pveFlag = z
  .union([z.boolean(), z.number(), z.string()])
  .optional()
  .transform((value) => value === true || value === 1 || value === '1');

/** A text, which PVE writes as a number when it looks like one: a VM named `100`. */
export const pveText = z.union([z.string(), z.number().transform(String)]);

/**
 * Reads an answer's data; keys that the schema does not name are let pass, because each release brings more.
 * @param call whose answer it is, for the error
 * @throws PveTransportError `UNEXPECTED_ANSWER` naming the place
 */
export function parseAnswer<T extends z.ZodType>(schema: T, data: unknown, call: string): z.output<T> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const text = `${issue?.path.join('.') ?? ''} is not what it should be (${issue?.code ?? 'invalid'})`;
  throw new PveTransportError('UNEXPECTED_ANSWER', call, { text, mayHaveRun: true });
}
