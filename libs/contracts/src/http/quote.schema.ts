import { z } from 'zod';
import { planDiagnosticSchema, planSummarySchema } from '../domain/plan';
import { policyVerdictSchema } from '../domain/policy';
import { errorBodySchema } from '../errors/error.schema';
import { platformSchema, projectIdSchema, siteNameSchema } from '../ids';
import { createVmSchema, type CreateVm } from './vm.schema';

/** Most projects of one quote. */
const mostProjects = 10;

const fieldsSchema = z.strictObject({
  ...createVmSchema.shape,
  projectId: projectIdSchema.optional(),
  projectIds: z.array(projectIdSchema).min(1).max(mostProjects).optional(),
});

/** The projects that a quote compares. */
export const projectIdsOf = ({
  projectId,
  projectIds,
}: Pick<z.output<typeof fieldsSchema>, 'projectId' | 'projectIds'>): CreateVm['projectId'][] =>
  projectIds ?? (projectId === undefined ? [] : [projectId]);

/** The request that one project of a quote would be. */
export function requestOfQuote(body: z.output<typeof fieldsSchema>, projectId: CreateVm['projectId']): CreateVm {
  const request = { ...body, projectId };
  delete request.projectIds;
  return request;
}

/**
 * The body of `POST /v1/quotes`: that of a VM, for one project (`projectId`) or for up to ten side by side (`projectIds`). What holds for a
 * VM's body holds here; a `clientToken` is of no use, and taken so that it may be the same body.
 */
export const quoteRequestSchema = fieldsSchema.superRefine((body, ctx) => {
  const ids = projectIdsOf(body);
  const [first] = ids;
  if ((body.projectId === undefined) === (body.projectIds === undefined)) {
    ctx.addIssue({ code: 'custom', path: ['projectIds'], message: 'is required, or else projectId; not both' });
    return;
  }
  if (first === undefined) return;
  if (new Set(ids).size < ids.length) {
    ctx.addIssue({ code: 'custom', path: ['projectIds'], message: 'must name each project once' });
  }
  const asRequest = createVmSchema.safeParse(requestOfQuote(body, first));
  for (const { path, message } of asRequest.error?.issues ?? []) ctx.addIssue({ code: 'custom', path, message });
});
export type QuoteRequest = z.output<typeof quoteRequestSchema>;

/**
 * What would become of a request in one project. `plan` is what would be signed, with the hash that the request of the same body will have if
 * nothing changes; null where it could not be made. `verdict`: what the policies say; null where it does not come to that. `error`: what a
 * request would be refused with, or why nothing can be said; null: it would be taken.
 */
export const quoteSchema = z.object({
  projectId: projectIdSchema,
  site: siteNameSchema.nullable(),
  platform: platformSchema.nullable(),
  plan: planSummarySchema.nullable(),
  diagnostics: z.array(planDiagnosticSchema),
  verdict: policyVerdictSchema.nullable(),
  error: errorBodySchema.nullable(),
});
export type Quote = z.infer<typeof quoteSchema>;

/** One quote for each project, in the order in which they were named. */
export const quotesSchema = z.object({ quotes: z.array(quoteSchema) });
