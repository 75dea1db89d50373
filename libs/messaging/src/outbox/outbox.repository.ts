import type { EntityManager } from 'typeorm';
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

/** What runs a statement. */
type Runs = Pick<EntityManager, 'query'>;

/** A message that stands in the outbox, with its place. */
export interface OutboxRow {
  readonly seq: string;
  readonly attempts: number;
  readonly message: OutgoingMessage;
}

/**
 * For so long a row is in the hands of whoever wrote or took it; then any relay takes it. Whoever has it in hand for longer says so in time.
 * A process that dies makes its messages this late.
 */
export const holdMs = 2_000;

/**
 * Writes messages in the caller's transaction: they are sent if, and only if, it commits.
 * @returns the rows, in order: forward them to the relay after the commit, or it finds them after `holdMs`.
 */
export async function addToOutbox(
  manager: Runs,
  schema: string,
  messages: readonly OutboxMessage[],
): Promise<OutboxRow[]> {
  if (messages.length === 0) return [];
  const rows = await manager.query<{ seq: string }[]>(
    `INSERT INTO ${schemaName(schema)}.outbox (id, exchange, routing_key, type, content_type, headers, mandatory, body, visible_at)
     SELECT m.*, clock_timestamp() + $9::int * interval '1 millisecond'
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::boolean[], $8::bytea[]) AS m
     RETURNING seq`,
    [
      messages.map((message) => message.id),
      messages.map((message) => message.exchange),
      messages.map((message) => message.routingKey),
      messages.map((message) => message.type),
      messages.map((message) => message.contentType),
      messages.map((message) => JSON.stringify(message.headers ?? {})),
      messages.map((message) => message.mandatory ?? false),
      messages.map((message) => message.body),
      holdMs,
    ],
  );
  return messages.map((message, index) => ({ seq: rows[index]?.seq ?? '', attempts: 0, message }));
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

/** Takes the oldest due rows in hand, in order; what another relay takes at the same time is passed over. */
export async function takeDueRows(source: Runs, schema: string, limit: number): Promise<OutboxRow[]> {
  const table = `${schemaName(schema)}.outbox`;
  const [rows] = await source.query<[RawRow[], number]>(
    `WITH due AS MATERIALIZED (
       SELECT seq FROM ${table} WHERE visible_at <= now() ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED)
     UPDATE ${table} AS o SET visible_at = clock_timestamp() + $2::int * interval '1 millisecond' FROM due WHERE o.seq = due.seq
     RETURNING o.seq, id, exchange, routing_key, type, content_type, headers, mandatory, body, attempts`,
    [limit, holdMs],
  );
  return rows
    .sort((one, other) => Number(one.seq) - Number(other.seq))
    .map(({ seq, attempts, routing_key: routingKey, content_type: contentType, ...message }) => ({
      seq,
      attempts,
      message: { ...message, routingKey, contentType },
    }));
}

/** Says that rows are in hand for so much longer; 0: not any more. */
export async function holdRows(source: Runs, schema: string, seqs: readonly string[], forMs: number): Promise<void> {
  if (seqs.length === 0) return;
  await source.query(
    `UPDATE ${schemaName(schema)}.outbox SET visible_at = clock_timestamp() + $2::int * interval '1 millisecond'
     WHERE seq = ANY($1::bigint[])`,
    [seqs, forMs],
  );
}

/**
 * The commit waits for no disk: a database that crashes may forget it, and the rows are published again, as after a crash before it.
 * One statement says both, for a relay says it a hundred times a second.
 */
export const deleteRows = (source: Runs, schema: string, seqs: readonly string[]): Promise<unknown> =>
  source.query(
    `DELETE FROM ${schemaName(schema)}.outbox
     WHERE seq = ANY($1::bigint[]) AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'`,
    [seqs],
  );

/** A row that was not taken, why, and when to try again; 0: at once, and this try does not count. */
export interface Postponement {
  readonly seq: string;
  readonly outcome: PublishOutcome;
  readonly delayMs: number;
}

/** Keeps rows for later; the clock is the database's. */
export const postponeRows = (source: Runs, schema: string, rows: readonly Postponement[]): Promise<unknown> =>
  source.query(
    `UPDATE ${schemaName(schema)}.outbox AS o
     SET attempts = o.attempts + CASE WHEN p.delay_ms = 0 THEN 0 ELSE 1 END, last_outcome = p.outcome,
       visible_at = clock_timestamp() + p.delay_ms * interval '1 millisecond'
     FROM unnest($1::bigint[], $2::text[], $3::int[]) AS p(seq, outcome, delay_ms) WHERE o.seq = p.seq`,
    [rows.map((row) => row.seq), rows.map((row) => row.outcome), rows.map((row) => row.delayMs)],
  );
