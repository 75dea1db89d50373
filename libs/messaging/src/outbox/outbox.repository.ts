import type { EntityManager, QueryRunner } from 'typeorm';
import type { OutgoingMessage, PublishOutcome } from '../broker';
import { schemaName } from './sql-name';

/** A message that waits in the outbox; calls and their answers do not wait there. */
export type OutboxMessage = Omit<OutgoingMessage, 'correlationId' | 'replyTo' | 'expirationMs'>;

/** Statements that make the outbox; every one can run again. The table is small and churns, so it is vacuumed by count, not by share. */
export function outboxMigrationSql(schema: string): string[] {
  const table = `${schemaName(schema)}.outbox`;
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (
      seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id text NOT NULL,
      exchange text NOT NULL,
      routing_key text NOT NULL,
      type text NOT NULL,
      content_type text NOT NULL,
      headers jsonb NOT NULL DEFAULT '{}',
      mandatory boolean NOT NULL DEFAULT false,
      body bytea NOT NULL,
      attempts integer NOT NULL DEFAULT 0,
      last_outcome text,
      created_at timestamptz NOT NULL DEFAULT now(),
      visible_at timestamptz NOT NULL DEFAULT now()
    ) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000, fillfactor = 90)`,
  ];
}

/** Writes messages in the caller's transaction: they are sent if, and only if, it commits. Nudge the relay after the commit. */
export async function addToOutbox(
  manager: EntityManager,
  schema: string,
  messages: readonly OutboxMessage[],
): Promise<void> {
  if (messages.length === 0) return;
  await manager.query(
    `INSERT INTO ${schemaName(schema)}.outbox (id, exchange, routing_key, type, content_type, headers, mandatory, body)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::boolean[], $8::bytea[])`,
    [
      messages.map((message) => message.id),
      messages.map((message) => message.exchange),
      messages.map((message) => message.routingKey),
      messages.map((message) => message.type),
      messages.map((message) => message.contentType),
      messages.map((message) => JSON.stringify(message.headers ?? {})),
      messages.map((message) => message.mandatory ?? false),
      messages.map((message) => message.body),
    ],
  );
}

/** Whether nothing waits, due or not. Takes no lock and no transaction. */
export async function isOutboxEmpty(source: Pick<EntityManager, 'query'>, schema: string): Promise<boolean> {
  const rows = await source.query<unknown[]>(`SELECT 1 FROM ${schemaName(schema)}.outbox LIMIT 1`);
  return rows.length === 0;
}

/** A waiting message with its place. */
export interface OutboxRow {
  readonly seq: string;
  readonly attempts: number;
  readonly message: OutgoingMessage;
}

interface RawRow {
  seq: string;
  id: string;
  exchange: string;
  routing_key: string;
  type: string;
  content_type: string;
  headers: Record<string, string>;
  mandatory: boolean;
  body: Buffer;
  attempts: number;
}

/** Locks the oldest due rows for this transaction; rows in another relay's hands are passed over. */
export async function lockDueRows(runner: QueryRunner, schema: string, limit: number): Promise<OutboxRow[]> {
  const rows = (await runner.query(
    `SELECT seq, id, exchange, routing_key, type, content_type, headers, mandatory, body, attempts
     FROM ${schemaName(schema)}.outbox WHERE visible_at <= now() ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED`,
    [limit],
  )) as RawRow[];
  return rows.map(({ seq, attempts, routing_key: routingKey, content_type: contentType, ...message }) => ({
    seq,
    attempts,
    message: { ...message, routingKey, contentType },
  }));
}

/**
 * The commit then waits for no disk: a database that crashes may forget it, and the rows are published again, as after a crash before it.
 * One statement says both, for a relay says it a hundred times a second.
 */
export const deleteRows = (runner: QueryRunner, schema: string, seqs: readonly string[]): Promise<unknown> =>
  runner.query(
    `DELETE FROM ${schemaName(schema)}.outbox
     WHERE seq = ANY($1::bigint[]) AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'`,
    [seqs],
  );

/** A row that was not taken, why, and when to try again. */
export interface Postponement {
  readonly seq: string;
  readonly outcome: PublishOutcome;
  readonly delayMs: number;
}

/** Keeps rows for later; the clock is the database's. */
export const postponeRows = (runner: QueryRunner, schema: string, rows: readonly Postponement[]): Promise<unknown> =>
  runner.query(
    `UPDATE ${schemaName(schema)}.outbox AS o
     SET attempts = o.attempts + 1, last_outcome = p.outcome, visible_at = clock_timestamp() + p.delay_ms * interval '1 millisecond'
     FROM unnest($1::bigint[], $2::text[], $3::int[]) AS p(seq, outcome, delay_ms) WHERE o.seq = p.seq`,
    [rows.map((row) => row.seq), rows.map((row) => row.outcome), rows.map((row) => row.delayMs)],
  );
