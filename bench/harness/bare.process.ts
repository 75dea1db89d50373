import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { Pool } from 'pg';
import type { SampleRows } from './bare';

/**
 * What a careful programmer writes without DCM: fastify, and one statement per request that inserts the same rows as an accepted request does
 * (the request, its outbox row, the foretold operation and VM) into tables with the same columns and indexes, with the same bytes.
 */
const insert = `
WITH request AS (
  INSERT INTO bench.request (operation_id, principal, idempotency_key, payload_hash, tenant_id, vm_id, kind, routing_key, type, message, answer, next_send_at)
  VALUES ($1, $2, NULL, $3, $4, $5, 'vm.create', 'vm.create', $6, $7, $8, now() + interval '30 seconds')
), outbox AS (
  INSERT INTO bench.outbox (id, exchange, routing_key, type, content_type, body)
  VALUES ($9, 'dcm.requests', 'vm.create', $6, 'application/cloudevents+json', convert_to($7, 'UTF8'))
)
INSERT INTO bench.resource (kind, id, tenant_id, project_id, vm_id, name, state, seq, position, doc, created_at)
VALUES ('operation', $9, $4, $10, $5, NULL, 'accepted', 0, 0, $11, now()), ('vm', $12, $4, $10, $5, $13, 'requested', 0, 0, $8, now())`;

interface Wish {
  readonly projectId: string;
  readonly name: string;
}

async function start(databaseUrl: string, sample: SampleRows): Promise<string> {
  const pool = new Pool({ connectionString: databaseUrl, max: 10 });
  const server = Fastify();
  const { principal, payloadHash, tenantId, type, message } = sample;
  server.post<{ Body: Wish }>('/v1/vms', async (request, reply) => {
    const { projectId, name } = request.body;
    const [operationId, vmId] = [randomUUID(), randomUUID()];
    const vm = { ...sample.vm, id: vmId, projectId, name };
    const operation = { ...sample.operation, id: operationId, vmId, projectId };
    const docs = [JSON.stringify(vm), operationId, projectId, JSON.stringify(operation), vmId, name];
    await pool.query(insert, [operationId, principal, payloadHash, tenantId, vmId, type, message, ...docs]);
    return reply.code(202).send(vm);
  });
  return server.listen({ port: 0, host: '127.0.0.1' });
}

process.on('message', ({ databaseUrl, sample }: { databaseUrl: string; sample: SampleRows }) => {
  start(databaseUrl, sample).then(
    (url) => process.send?.({ result: url }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
