import { z } from 'zod';
import { tenantIdSchema } from '../ids';

/** Who sees a thing of the platform: every tenant, or those that are named. To the others it does not exist. */
export const visibilitySchema = z.union([
  z.literal('all'),
  z.strictObject({
    tenants: z
      .array(tenantIdSchema)
      .min(1)
      .max(500)
      .refine((ids) => new Set(ids).size === ids.length, 'must name each tenant once'),
  }),
]);
export type Visibility = z.infer<typeof visibilitySchema>;

/** @param visibility absent: all. */
export const isVisibleTo = (visibility: Visibility | undefined, tenantId: string): boolean =>
  visibility === undefined || visibility === 'all' || visibility.tenants.some((id) => id === tenantId);

/** Whether all who see the inner thing see the outer one too. */
export const isSeenWith = (inner: Visibility | undefined, outer: Visibility | undefined): boolean =>
  inner === undefined || inner === 'all'
    ? outer === undefined || outer === 'all'
    : inner.tenants.every((id) => isVisibleTo(outer, id));

/** What the document of any noun says of who sees it. What is said in words that are not known here is shown to nobody. */
export function visibilityIn({ visibility }: Readonly<Record<string, unknown>>): Visibility {
  if (visibility === undefined) return 'all';
  const read = visibilitySchema.safeParse(visibility);
  return read.success ? read.data : { tenants: [] };
}
