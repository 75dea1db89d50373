import type { DataSource, EntityManager } from 'typeorm';
import { schemaName } from './sql-name';

/** Whose memory of handled messages it is. */
export interface InboxOwner {
  readonly schema: string;
  readonly consumer: string;
}

/** Statements that make the inbox; every one can run again. */
export function inboxMigrationSql(schema: string): string[] {
  const table = `${schemaName(schema)}.inbox`;
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (
      message_id text NOT NULL,
      consumer text NOT NULL,
      at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (message_id, consumer)
    ) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 20000)`,
    `CREATE INDEX IF NOT EXISTS inbox_at ON ${table} USING brin (at)`,
  ];
}

/**
 * Handles each message once: `work` runs in the transaction that records the ids, and gets only messages not seen before.
 * @returns how many were new.
 */
export function onceOnly<M extends { readonly id: string }>(
  dataSource: DataSource,
  owner: InboxOwner,
  messages: readonly M[],
  work: (manager: EntityManager, fresh: M[]) => Promise<void>,
): Promise<number> {
  return dataSource.transaction(async (manager) => {
    const fresh = await recordNew(manager, owner, messages);
    if (fresh.length > 0) await work(manager, fresh);
    return fresh.length;
  });
}

/** Records ids, sorted so that two transactions never wait for each other crosswise. @returns the messages whose id is new, once each. */
async function recordNew<M extends { readonly id: string }>(
  manager: EntityManager,
  owner: InboxOwner,
  messages: readonly M[],
): Promise<M[]> {
  const ids = [...new Set(messages.map((message) => message.id))].sort();
  const rows = await manager.query<{ message_id: string }[]>(
    `INSERT INTO ${schemaName(owner.schema)}.inbox (message_id, consumer)
     SELECT id, $2 FROM unnest($1::text[]) AS id ON CONFLICT DO NOTHING RETURNING message_id`,
    [ids, owner.consumer],
  );
  const unseen = new Set(rows.map((row) => row.message_id));
  return messages.filter((message) => unseen.delete(message.id));
}

/**
 * Forgets ids older than `keepDays`, in small batches so that nobody waits behind it.
 * @returns how many were forgotten.
 */
export async function pruneInbox(
  dataSource: DataSource,
  schema: string,
  { keepDays = 8, batch = 5_000 } = {},
): Promise<number> {
  let pruned = 0;
  for (let last = batch; last === batch; pruned += last) {
    const [, count] = await dataSource.query<[unknown[], number]>(
      `DELETE FROM ${schemaName(schema)}.inbox WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM ${schemaName(schema)}.inbox WHERE at < now() - $1 * interval '1 day' LIMIT $2))`,
      [keepDays, batch],
    );
    last = count;
  }
  return pruned;
}
