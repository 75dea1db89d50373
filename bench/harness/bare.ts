import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Child } from './child';

/** The rows that one accepted request wrote, as models for the bare server's. */
export interface SampleRows {
  readonly principal: string;
  readonly payloadHash: string;
  readonly tenantId: string;
  readonly type: string;
  readonly message: string;
  readonly vm: Readonly<Record<string, unknown>>;
  readonly operation: Readonly<Record<string, unknown>>;
}

const tables = ['request', 'outbox', 'resource'];

/** A request that no event has confirmed yet: its message still stands there, and its operation is the foretold one. */
const sampleSql = `
SELECT r.principal, r.payload_hash AS "payloadHash", r.tenant_id AS "tenantId", r.type, r.message, r.answer AS vm, o.doc AS operation
FROM gateway.request r JOIN gateway.resource o ON o.kind = 'operation' AND o.id = r.operation_id::text
WHERE r.message IS NOT NULL ORDER BY r.created_at DESC LIMIT 1`;

async function prepare(client: Client): Promise<SampleRows> {
  await client.query('CREATE SCHEMA bench');
  for (const table of tables) await client.query(`CREATE TABLE bench.${table} (LIKE gateway.${table} INCLUDING ALL)`);
  for (;;) {
    const { rows } = await client.query<SampleRows>(sampleSql);
    if (rows[0] !== undefined) return rows[0];
    await sleep(2);
  }
}

/** A bare fastify that inserts the same rows into the same server. */
export class BareServer {
  private constructor(
    private readonly child: Child,
    readonly url: string,
  ) {}

  /** Call it while requests are accepted: one of them is the model for its rows. */
  static async start(databaseUrl: string): Promise<BareServer> {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    const child = Child.start('bare.process');
    try {
      const sample = await prepare(client);
      return new BareServer(child, await child.ask<string>({ databaseUrl, sample }));
    } catch (error) {
      await child.stop();
      throw error;
    } finally {
      await client.end();
    }
  }

  get pid(): number {
    return this.child.pid;
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
