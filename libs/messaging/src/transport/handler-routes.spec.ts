import { HandlerRoutes, type HandlerOptions, type HandlerRoute } from './handler-routes';
import { codeThrownBy } from '../testing/code-thrown-by';

const aRoute = (pattern: string, options: HandlerOptions = {}): HandlerRoute => ({
  pattern,
  options,
  handler: () => Promise.resolve(),
  isCall: false,
});

function routesOf(...all: HandlerRoute[]): HandlerRoutes {
  const routes = new HandlerRoutes();
  for (const route of all) routes.add(route);
  return routes;
}

describe('HandlerRoutes', () => {
  it('prefers the exact key to a pattern, whatever came first', () => {
    const routes = routesOf(aRoute('vm.*'), aRoute('vm.create'));
    expect(routes.find('q', { exchange: 'e', routingKey: 'vm.create' })?.pattern).toBe('vm.create');
    expect(routes.find('q', { exchange: 'e', routingKey: 'vm.delete' })?.pattern).toBe('vm.*');
    expect(routes.find('q', { exchange: 'e', routingKey: 'disk.delete' })).toBeUndefined();
  });

  it('keeps queues and exchanges apart, also when it remembers', () => {
    const routes = routesOf(aRoute('#', { queue: 'a' }), aRoute('#', { exchange: 'x' }));
    for (let round = 0; round < 2; round++) {
      expect(routes.find('a', { exchange: 'y', routingKey: 'k' })?.options).toEqual({ queue: 'a' });
      expect(routes.find('b', { exchange: 'x', routingKey: 'k' })?.options).toEqual({ exchange: 'x' });
      expect(routes.find('b', { exchange: '', routingKey: 'k' })).toBeUndefined();
      expect(routes.find('b', { exchange: 'y', routingKey: 'k' })).toBeUndefined();
    }
  });

  it('refuses two handlers of the same thing', () => {
    const routes = routesOf(aRoute('vm.*', { queue: 'a' }), aRoute('vm.*', { queue: 'b' }));
    expect(
      codeThrownBy(() => {
        routes.add(aRoute('vm.*', { queue: 'b' }));
      }),
    ).toBe('INTERNAL');
  });

  it('refuses an open handler where there are several queues', () => {
    expect(
      codeThrownBy(() => {
        routesOf(aRoute('vm.*')).check(['a', 'b']);
      }),
    ).toBe('INTERNAL');
    expect(() => {
      routesOf(aRoute('vm.*')).check(['a']);
    }).not.toThrow();
    expect(() => {
      routesOf(aRoute('vm.*', { exchange: 'x' })).check(['a', 'b']);
    }).not.toThrow();
  });
});
