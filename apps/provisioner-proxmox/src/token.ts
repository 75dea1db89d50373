import { z } from 'zod';

/** What one attempt leaves to the next. */
const tokenSchema = z.object({
  /** UPID of the task that was started last. */
  task: z.string().optional(),
  /** The attempt that wrote it. */
  attempt: z.int(),
  /** A restart is about to be made: the process that the VM had, and the restarts that its node remembered. */
  restart: z.object({ pid: z.number().nullable(), known: z.array(z.string()) }).optional(),
  /** That attempt failed and is certain to have changed nothing. */
  isUntouched: z.boolean().optional(),
  /** Since when a VM is half-made and nobody is at work on it, as far as is known. ISO 8601. */
  strandedAt: z.string().optional(),
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
