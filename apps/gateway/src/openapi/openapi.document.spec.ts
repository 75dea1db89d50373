import { routes, type Route } from '@dcm/contracts';
import { openApiDocument } from './openapi.document';

const document = openApiDocument();
const all: readonly Route[] = Object.values(routes);
const pathOf = (route: Route): string => route.path.replaceAll(/:(\w+)/g, '{$1}');
const operationOf = (route: Route): Record<string, unknown> =>
  document.paths[pathOf(route)]?.[route.method.toLowerCase()] ?? {};

function* references(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, field] of Object.entries(value)) {
    if (key === '$ref') yield String(field);
    else yield* references(field);
  }
}

const resolve = (reference: string): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce<unknown>((place, part) => (place as Record<string, unknown> | undefined)?.[part], document);

describe('the OpenAPI document', () => {
  it('has every route of the table and no other', () => {
    const written = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map((each) => each['operationId']),
    );
    expect(written.sort()).toEqual(Object.keys(routes).sort());
  });

  it('refers only to what it holds, and holds only what is referred to', () => {
    const used = new Set(references(document));
    for (const reference of used) expect([reference, resolve(reference)]).toEqual([reference, expect.anything()]);
    const unused = Object.keys(document.components.schemas).filter((name) => !used.has(`#/components/schemas/${name}`));
    expect(unused).toEqual([]);
  });

  it.each(all.map((route) => [route.operationId, route] as const))('says what %s takes and answers', (_, route) => {
    const operation = operationOf(route);
    const parameters = (operation['parameters'] ?? []) as { name: string; in: string; required?: boolean }[];
    const names = (place: string): string[] => parameters.filter((each) => each.in === place).map((each) => each.name);
    expect(names('path')).toEqual(Object.keys(route.params?.shape ?? {}));
    expect(names('query')).toEqual(Object.keys(route.query?.shape ?? {}));
    expect(parameters.filter((each) => each.in === 'query' && each.required === true)).toEqual([]);
    expect(names('header').includes('Idempotency-Key')).toBe(route.idempotent === true);
    expect('requestBody' in operation).toBe(route.body !== undefined);
    const responses = operation['responses'] as Record<string, unknown>;
    expect(responses).toHaveProperty(String(route.status));
    expect(responses).toHaveProperty('default');
    expect('401' in responses).toBe(route.roles !== 'public');
    expect('security' in operation).toBe(route.roles === 'public');
  });

  it('closes bodies and leaves answers open, so that an answer may grow', () => {
    expect(document.components.schemas['CreateVmRequest']).toHaveProperty('additionalProperties', false);
    expect(document.components.schemas['Vm']).not.toHaveProperty('additionalProperties');
    expect(document.components.schemas['CreateVmRequest']?.['required']).toEqual(['projectId', 'name']);
    expect(document.components.schemas['Vm']?.['properties']).toMatchObject({ id: { type: 'string', format: 'uuid' } });
  });
});
