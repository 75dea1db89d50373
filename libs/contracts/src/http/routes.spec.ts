import type { Route } from './route';
import { routes } from './routes';

const all: Route[] = Object.values(routes);

describe('routes', () => {
  it('bear unique operation ids and unique places', () => {
    expect(new Set(all.map((route) => route.operationId)).size).toBe(all.length);
    expect(new Set(all.map((route) => `${route.method} ${route.path}`)).size).toBe(all.length);
  });

  it('name themselves by their operation id', () => {
    expect(Object.entries(routes).filter(([name, route]) => name !== route.operationId)).toEqual([]);
  });

  it('describe every parameter of their path', () => {
    for (const route of all) {
      const inPath = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1]);
      expect([route.path, Object.keys(route.params?.shape ?? {})]).toEqual([route.path, inPath]);
    }
  });

  it('are closed to strangers under /v1, but for links that are a secret themselves', () => {
    const open = all.filter((route) => route.path.startsWith('/v1') && route.roles === 'public');
    expect(open.filter((route) => !route.path.startsWith('/v1/approval-links/'))).toEqual([]);
  });

  it('page every list', () => {
    const lists = all.filter((route) => route.operationId.startsWith('list'));
    expect(lists.filter((route) => route.query === undefined)).toEqual([]);
  });
});
