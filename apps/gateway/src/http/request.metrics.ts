import { Histogram } from 'prom-client';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { routes, type Route } from '@dcm/contracts';
import type { Metrics } from '@dcm/runtime';

const operationIds = new Map<string, string>(
  Object.values(routes as Record<string, Route>).map((route) => [`${route.method} ${route.path}`, route.operationId]),
);

/** Measures every exchange by route, never by path: ids would make a series each. */
export function measureRequests(adapter: FastifyAdapter, metrics: Metrics): void {
  const histogram = new Histogram({
    name: 'dcm_http_request_duration_seconds',
    help: 'Time from the request line to the end of the answer',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers: [metrics.registry],
  });
  const server = adapter.getInstance<FastifyInstance>();
  server.addHook('onResponse', (request, reply, done) => {
    const route = operationIds.get(`${request.method} ${request.routeOptions.url ?? ''}`) ?? 'other';
    histogram.observe({ route, method: request.method, status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
}
