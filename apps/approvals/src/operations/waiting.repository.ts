import { rows, type Database } from '../database/transaction.repository';

/** How many operations wait for each kind of thing. */
export async function waitingByKind(database: Database): Promise<Map<string, number>> {
  const found = await rows<{ kind: string; waiting: number }>(
    database.manager,
    `SELECT waiting_kind AS kind, count(*)::int AS waiting FROM approvals.operation
     WHERE wake_at IS NOT NULL AND waiting_kind IS NOT NULL GROUP BY waiting_kind`,
    [],
  );
  return new Map(found.map(({ kind, waiting }) => [kind, waiting]));
}
