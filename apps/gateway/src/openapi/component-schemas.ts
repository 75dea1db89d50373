import {
  approvalIdSchema,
  approvalLevelSchema,
  approvalSchema,
  createdTokenSchema,
  deadLetterSchema,
  errorBodySchema,
  imageIdSchema,
  imageSchema,
  operationIdSchema,
  operationSchema,
  planSummarySchema,
  policyIdSchema,
  policyRuleSchema,
  problemSchema,
  projectIdSchema,
  projectSchema,
  publisherSchema,
  quotaSchema,
  rateSchema,
  routes,
  siteResourcesSchema,
  siteSchema,
  sizeSchema,
  tenantIdSchema,
  tenantSchema,
  vmIdSchema,
  vmSchema,
  webhookDeliverySchema,
  webhookSchema,
  type Route,
} from '@dcm/contracts';
import { z } from 'zod';

/** A JSON Schema of draft 2020-12, which is OpenAPI 3.1's own. */
export type JsonSchema = Record<string, unknown>;

/** What a direction of traffic needs to write its schemas: names for those that stand in `components`. */
export interface SchemaBook {
  readonly components: Record<string, JsonSchema>;
  /** The schema itself, or a reference when it has a name. */
  of(schema: z.ZodType): JsonSchema;
}

type Direction = 'input' | 'output';
type Registry = ReturnType<typeof z.registry<{ id: string }>>;

const answers: Readonly<Record<string, z.ZodType>> = {
  Approval: approvalSchema,
  ApprovalLevel: approvalLevelSchema,
  CreatedToken: createdTokenSchema,
  DeadLetter: deadLetterSchema,
  ErrorBody: errorBodySchema,
  Image: imageSchema,
  Operation: operationSchema,
  PlanSummary: planSummarySchema,
  PolicyRule: policyRuleSchema,
  Problem: problemSchema,
  Project: projectSchema,
  Publisher: publisherSchema,
  Quota: quotaSchema,
  Rate: rateSchema,
  Site: siteSchema,
  SiteResources: siteResourcesSchema,
  Size: sizeSchema,
  Tenant: tenantSchema,
  Vm: vmSchema,
  Webhook: webhookSchema,
  WebhookDelivery: webhookDeliverySchema,
};

/** `createVm` → `CreateVmRequest`. */
const nameOf = (operationId: string, suffix: 'Request' | 'Response'): string =>
  `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}${suffix}`;

const all: readonly Route[] = Object.values(routes);

function namedAnswers(): Registry {
  const registry: Registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(answers)) registry.add(schema, { id });
  for (const { response, operationId } of all) {
    if (response !== null && !registry.has(response)) registry.add(response, { id: nameOf(operationId, 'Response') });
  }
  return registry;
}

/** Two routes may share a body: the first one's name serves both. */
function namedRequests(): Registry {
  const registry: Registry = z.registry<{ id: string }>();
  for (const { body, operationId } of all) {
    if (body !== undefined && !registry.has(body)) registry.add(body, { id: nameOf(operationId, 'Request') });
  }
  return registry;
}

/** Written by a pipe whose output is a plain string: the pattern is lost on the way and is said here. */
const ids: ReadonlySet<unknown> = new Set<unknown>([
  approvalIdSchema,
  imageIdSchema,
  operationIdSchema,
  policyIdSchema,
  projectIdSchema,
  tenantIdSchema,
  vmIdSchema,
]);

/** Formats whose name says more than their pattern, which is long and no standard. */
const wellKnownFormats: ReadonlySet<unknown> = new Set(['date-time', 'uuid', 'ipv4']);

interface Written {
  readonly zodSchema: { readonly _zod: { readonly def: { readonly type: string; readonly catchall?: unknown } } };
  readonly jsonSchema: JsonSchema;
}

/** An answer may gain fields, so it is never closed; a request is closed where its schema is. */
const amend =
  (io: Direction) =>
  ({ zodSchema, jsonSchema }: Written): void => {
    if (ids.has(zodSchema)) jsonSchema['format'] = 'uuid';
    if (wellKnownFormats.has(jsonSchema['format'])) delete jsonSchema['pattern'];
    if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum'];
    if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum'];
    const { type, catchall } = zodSchema._zod.def;
    if (io === 'output' && type === 'object' && catchall === undefined) delete jsonSchema['additionalProperties'];
  };

const uri = (id: string): string => `#/components/schemas/${id}`;

const withoutIdentity = ({ $schema: _dialect, $id: _id, ...schema }: JsonSchema): JsonSchema => schema;

function bookOf(registry: Registry, io: Direction): SchemaBook {
  const { schemas } = z.toJSONSchema(registry, { io, uri, target: 'draft-2020-12', override: amend(io) });
  const components = Object.fromEntries(
    Object.entries(schemas).map(([id, schema]) => [id, withoutIdentity(schema as JsonSchema)]),
  );
  return {
    components,
    of: (schema) => {
      const id = registry.get(schema)?.id;
      if (id !== undefined) return { $ref: uri(id) };
      const options = { io, uri, target: 'draft-2020-12', metadata: registry, override: amend(io) } as const;
      return withoutIdentity(z.toJSONSchema(schema, options));
    },
  };
}

/** What callers send: defaults are optional. */
export const requestSchemas = (): SchemaBook => bookOf(namedRequests(), 'input');

/** What the gateway answers: defaults are there. */
export const answerSchemas = (): SchemaBook => bookOf(namedAnswers(), 'output');
