import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from './log';
import type { Metrics } from './metrics';

/** A check resolves when the thing can be used and throws when it cannot. */
export type HealthChecks = Readonly<Record<string, () => Promise<void> | void>>;

export interface HealthReport {
  readonly status: 'ok' | 'unavailable';
  readonly checks: Record<string, string>;
}

/** Runs every check; the report names the reason of each that fails. */
export async function runChecks(checks: HealthChecks): Promise<HealthReport> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        await check();
        return [name, 'ok'] as const;
      } catch (error) {
        return [name, error instanceof Error ? error.message : 'failed'] as const;
      }
    }),
  );
  return {
    status: results.every(([, result]) => result === 'ok') ? 'ok' : 'unavailable',
    checks: Object.fromEntries(results),
  };
}

export interface HealthServerOptions {
  readonly port: number;
  readonly host: string;
  readonly checks: HealthChecks;
  readonly metrics: Metrics;
  readonly log: Log;
}

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

async function answer(path: string, response: ServerResponse, options: HealthServerOptions): Promise<void> {
  if (path === '/health/live') {
    json(response, 200, { status: 'ok' });
  } else if (path === '/health/ready') {
    const report = await runChecks(options.checks);
    json(response, report.status === 'ok' ? 200 : 503, report);
  } else if (path === '/metrics') {
    response
      .writeHead(200, { 'content-type': options.metrics.registry.contentType })
      .end(await options.metrics.registry.metrics());
  } else {
    json(response, 404, { status: 'not found' });
  }
}

/** `/health/live`, `/health/ready` and `/metrics` for a process that has no HTTP door of its own. Port 0 takes a free one. */
export async function startHealthServer(
  options: HealthServerOptions,
): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    answer(path, response, options).catch((error: unknown) => {
      options.log.warn({ error: String(error) }, 'health answer failed');
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
