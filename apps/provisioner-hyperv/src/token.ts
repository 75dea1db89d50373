import { z } from 'zod';

/** What one attempt leaves to the next. */
const tokenSchema = z.object({
  /** The job that was started last. */
  job: z.string().optional(),
  /** The attempt that wrote it. */
  attempt: z.int(),
  /** A restart is about to be made, or was asked of the guest. */
  restart: z.enum(['announced', 'shutting-down']).optional(),
  /** That attempt failed and is certain to have changed nothing. */
  isUntouched: z.boolean().optional(),
});
export type Token = z.infer<typeof tokenSchema>;

/** A token that cannot be read is none: the world is looked at anyway. */
export function readToken(text: string | undefined): Token | undefined {
  if (text === undefined) return undefined;
  try {
    return tokenSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
