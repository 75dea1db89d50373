import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { Client, Pool } from 'pg';
import { closedLoop, openLoop, type Load } from './load';
import { call, report, withStack, type BenchStack } from './stack';

const clients = 32;
const count = 6_000;

/** A bare fastify with one insert of rows of the same size into the same server: what the machine can do at best without group commit. */
async function baseline(stack: BenchStack, body: (n: number) => string): Promise<unknown> {
  const client = new Client({ connectionString: stack.databaseUrl });
  await client.connect();
  await client.query(
    'CREATE SCHEMA bench; CREATE TABLE bench.request (id uuid PRIMARY KEY, body jsonb); CREATE TABLE bench.outbox (id uuid PRIMARY KEY, body jsonb)',
  );
  await client.end();
  const pool = new Pool({ connectionString: stack.databaseUrl, max: 10 });
  const server = Fastify();
  const insert = 'WITH r AS (INSERT INTO bench.request VALUES ($1, $2)) INSERT INTO bench.outbox VALUES ($1, $2)';
  server.post('/', async (request, reply) => {
    await pool.query(insert, [randomUUID(), JSON.stringify(request.body)]);
    return reply.code(202).send({});
  });
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  try {
    return await closedLoop({ url, headers: {}, body, expected: 202 }, clients, count);
  } finally {
    await server.close();
    await pool.end();
  }
}

async function measure(stack: BenchStack): Promise<unknown> {
  const policy = { autoApprove: { maxVcpus: 0 } };
  const site = Object.keys(stack.projects)[0] ?? '';
  const project = await call(stack, 'POST', '/v1/projects', { tenantId: stack.tenantId, name: 'bench', site, policy });
  const body = (n: number): string =>
    JSON.stringify({ projectId: project['id'], name: `b-${n}`, image: 'debian-12', size: 'small' });
  const load: Load = {
    url: `${stack.gateway.url}/v1/vms`,
    headers: { authorization: `Bearer ${stack.token}` },
    body,
    expected: 202,
  };
  await closedLoop({ ...load, body: (n) => body(1_000_000 + n) }, clients, 500);
  const at300PerSecond = await openLoop({ ...load, body: (n) => body(2_000_000 + n) }, 300, 10);
  const asFastAsPossible = await closedLoop(load, clients, count);
  const bare = await baseline(stack, body);
  return { at300PerSecond, asFastAsPossible, bareFastifyAndPg: bare };
}

void withStack([], {}, measure).then((figures) => {
  report('accept', figures);
});
