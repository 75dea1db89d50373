import { z } from 'zod';
import { publisherSchema } from '../domain/directory';
import { deadLetterSchema } from '../messages/admin';
import * as admin from './admin.schema';
import { everyone, idParams, page, pageOf, platformAdmins, route, tenantAdmins, type Route } from './route';

/** Publishers, tokens, dead letters, events, and what describes the process itself. */
export const systemRoutes = {
  createPublisher: route(
    ['POST', '/v1/publishers'],
    ['createPublisher', 'publishers', 'Let a broker user publish requests for a tenant'],
    { roles: platformAdmins, response: publisherSchema },
    { body: admin.createPublisherSchema, status: 201 },
  ),
  listPublishers: route(
    ['GET', '/v1/publishers'],
    ['listPublishers', 'publishers', 'List publishers'],
    { roles: platformAdmins, response: pageOf(publisherSchema) },
    { query: page },
  ),
  createToken: route(
    ['POST', '/v1/tokens'],
    ['createToken', 'tokens', 'Create an API token'],
    { roles: tenantAdmins, response: admin.createdTokenSchema },
    { body: admin.createTokenSchema, status: 201 },
  ),
  revokeToken: route(
    ['DELETE', '/v1/tokens/:id'],
    ['revokeToken', 'tokens', 'Revoke an API token'],
    { roles: tenantAdmins, response: null },
    { params: z.strictObject({ id: z.string().regex(/^[a-z0-9]{1,32}$/) }), status: 204 },
  ),

  listDeadLetters: route(
    ['GET', '/v1/dead-letters'],
    ['listDeadLetters', 'dead-letters', 'List messages that could not be handled'],
    { roles: platformAdmins, response: z.object({ items: z.array(deadLetterSchema) }) },
    {
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(1000).default(50),
        before: z.string().max(64).optional(),
      }),
    },
  ),
  replayDeadLetter: route(
    ['POST', '/v1/dead-letters/:id/replay'],
    ['replayDeadLetter', 'dead-letters', 'Handle a dead letter again'],
    { roles: platformAdmins, response: deadLetterSchema },
    { params: idParams },
  ),

  streamEvents: route(
    ['GET', '/v1/events'],
    ['streamEvents', 'events', 'Follow changes as server-sent events; Last-Event-ID resumes'],
    { roles: everyone, response: null },
    { contentType: 'text/event-stream' },
  ),
  openApi: route(['GET', '/openapi.json'], ['openApi', 'meta', 'This document'], {
    roles: 'public',
    response: z.record(z.string(), z.unknown()),
  }),
  live: route(['GET', '/health/live'], ['live', 'meta', 'Whether the process runs'], {
    roles: 'public',
    response: z.object({ status: z.literal('ok') }),
  }),
  ready: route(['GET', '/health/ready'], ['ready', 'meta', 'Whether database and broker answer'], {
    roles: 'public',
    response: z.object({ status: z.enum(['ok', 'unavailable']), checks: z.record(z.string(), z.string()) }),
  }),
  metrics: route(
    ['GET', '/metrics'],
    ['metrics', 'meta', 'Prometheus metrics'],
    { roles: 'public', response: null },
    { contentType: 'text/plain' },
  ),
} as const satisfies Record<string, Route>;
