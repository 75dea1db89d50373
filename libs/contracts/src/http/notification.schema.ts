import { z } from 'zod';

/** One mailbox as SMTP takes it: no display name, no list, no control characters, so that nothing can be put into a header by it. */
export const emailSchema = z.email('must be one e-mail address, such as amy@example.com').max(254);

/** What is known of a person: where to write to. The roles are those of the person's tokens. */
export const personSchema = z.object({
  principal: z.string(),
  tenantId: z.string(),
  email: emailSchema,
  /** Whether questions are sent there. */
  notify: z.boolean(),
});
export type Person = z.infer<typeof personSchema>;

export const setPersonSchema = z.strictObject({ email: emailSchema, notify: z.boolean().default(true) });

/** A principal as tokens name it. */
export const personParams = z.strictObject({ principal: z.string().min(1).max(100) });
/** The tenant must be named by whoever belongs to none. */
export const personQuery = z.strictObject({ tenantId: z.uuid().toLowerCase().optional() });

/** Whatever its form: an unknown link is not found. */
export const approvalLinkParams = z.strictObject({ token: z.string().max(100) });

/** The form on the page of a link. */
export const approvalLinkFormSchema = z.strictObject({
  decision: z.enum(['approve', 'reject']),
  comment: z.string().max(1000).default(''),
});
