import { routes, type Route } from '@dcm/contracts';
import { answerSchemas, requestSchemas, type JsonSchema, type SchemaBook } from './component-schemas';

/** An OpenAPI 3.1 document as a plain value. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: JsonSchema;
  readonly servers: JsonSchema[];
  readonly security: JsonSchema[];
  readonly tags: JsonSchema[];
  readonly paths: Record<string, Record<string, JsonSchema>>;
  readonly components: { readonly schemas: Record<string, JsonSchema> } & JsonSchema;
}

interface Books {
  readonly requests: SchemaBook;
  readonly answers: SchemaBook;
}

const changing: ReadonlySet<string> = new Set(['PUT', 'PATCH', 'DELETE']);

const headerParameters: Record<'idempotency' | 'wait' | 'match' | 'resume', JsonSchema[]> = {
  idempotency: [
    {
      name: 'Idempotency-Key',
      in: 'header',
      description:
        'Makes a repetition safe for 7 days: the same key with the same payload gets the first answer again.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    },
  ],
  wait: [
    {
      name: 'Prefer',
      in: 'header',
      description: '`wait=N` waits up to N seconds, at most 60, for the end of the operation and then answers 200.',
      schema: { type: 'string' },
    },
  ],
  match: [
    {
      name: 'If-Match',
      in: 'header',
      description: 'The ETag of the state that is to be changed; 412 when there is a newer one.',
      schema: { type: 'string' },
    },
  ],
  resume: [
    {
      name: 'Last-Event-ID',
      in: 'header',
      description: 'The id of the last event that was received.',
      schema: { type: 'string' },
    },
  ],
};

/** What has no state with a number. */
const unmatched: ReadonlySet<string> = new Set([
  'revokeToken',
  'setPerson',
  'deletePerson',
  'updateWebhook',
  'deleteWebhook',
]);

const isMatched = (route: Route): boolean =>
  route.params !== undefined &&
  (changing.has(route.method) || route.idempotent === true) &&
  !unmatched.has(route.operationId);

function headersOf(route: Route): JsonSchema[] {
  return [
    ...(route.idempotent === true ? headerParameters.idempotency : []),
    // What ends later can be waited for.
    ...(route.idempotent === true && route.status === 202 ? headerParameters.wait : []),
    ...(isMatched(route) ? headerParameters.match : []),
    ...(route.contentType === 'text/event-stream' ? headerParameters.resume : []),
  ];
}

function parametersOf(route: Route, book: SchemaBook): JsonSchema[] {
  const places = [
    ['path', route.params],
    ['query', route.query],
  ] as const;
  const inUrl = places.flatMap(([place, schema]) => {
    if (schema === undefined) return [];
    const { properties = {}, required = [] } = book.of(schema) as {
      properties?: Record<string, JsonSchema>;
      required?: string[];
    };
    return Object.entries(properties).map(([name, property]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      schema: property,
    }));
  });
  return [...inUrl, ...headersOf(route)];
}

const problem = { $ref: '#/components/responses/Problem' };

/** The statuses of problems that the route may answer, from what it takes and who may use it. */
function problemsOf(route: Route): Record<string, JsonSchema> {
  const statuses = [
    ...(route.roles === 'public' ? [] : ['400', '401', '403', '429', '503']),
    ...(route.params === undefined && route.body === undefined ? [] : ['404', '409']),
    ...(isMatched(route) ? ['412'] : []),
    ...(route.body === undefined ? [] : ['413', '415']),
    ...(route.body === undefined && route.idempotent !== true ? [] : ['422']),
  ];
  return Object.fromEntries(statuses.sort().map((status) => [status, problem]));
}

function successOf(route: Route, book: SchemaBook): JsonSchema {
  const content =
    route.response === null
      ? route.contentType === undefined
        ? undefined
        : { [route.contentType]: { schema: { type: 'string' } } }
      : { 'application/json': { schema: book.of(route.response) } };
  const headers =
    route.status === 202
      ? Object.fromEntries(
          ['Location', 'Operation-Location', 'Retry-After', 'Idempotency-Replayed', 'ETag'].map((name) => [
            name,
            { schema: { type: 'string' } },
          ]),
        )
      : undefined;
  return {
    description: route.summary,
    ...(headers !== undefined && { headers }),
    ...(content !== undefined && { content }),
  };
}

const mediaTypeOf = (route: Route): string =>
  route.form === true ? 'application/x-www-form-urlencoded' : 'application/json';

function operationOf(route: Route, { requests, answers }: Books): JsonSchema {
  const parameters = parametersOf(route, requests);
  const success = successOf(route, answers);
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [route.tag],
    ...(route.roles === 'public' ? { security: [] } : { 'x-dcm-roles': route.roles }),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body !== undefined && {
      requestBody: {
        required: !route.body.safeParse(undefined).success,
        content: { [mediaTypeOf(route)]: { schema: requests.of(route.body) } },
      },
    }),
    responses: {
      [String(route.status)]: success,
      ...(route.status === 202 && {
        '200': { ...success, description: 'The operation ended within the time of Prefer' },
      }),
      ...(route.operationId === 'ready' && { '503': { ...success, description: 'Not ready' } }),
      ...problemsOf(route),
      default: problem,
    },
  };
}

/** `/v1/vms/:id` → `/v1/vms/{id}`. */
const templateOf = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

const componentsOf = ({ requests, answers }: Books): OpenApiDocument['components'] => ({
  schemas: { ...answers.components, ...requests.components },
  responses: {
    Problem: {
      description: 'RFC 9457 problem; `code` is stable, `errors` points at each place',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  },
  securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'dcm_<id>_<secret>' } },
});

/** Writes the HTTP surface as OpenAPI 3.1, from the table of routes and nothing else. */
export function openApiDocument(): OpenApiDocument {
  const books: Books = { requests: requestSchemas(), answers: answerSchemas() };
  const all: readonly Route[] = Object.values(routes);
  const paths: OpenApiDocument['paths'] = {};
  for (const route of all) {
    const methods = (paths[templateOf(route.path)] ??= {});
    methods[route.method.toLowerCase()] = operationOf(route, books);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'DCM', version: '1', description: 'Virtual machines on any hypervisor, asked for in one way.' },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: [...new Set(all.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: componentsOf(books),
  };
}
