import { setTimeout as sleep } from 'node:timers/promises';
import { DcmError } from '@dcm/contracts';
import type { DataSource, EntityManager } from 'typeorm';

/** Injection token of the approvals database. */
export const DATABASE = Symbol('DATABASE');
export type Database = DataSource;
/** One open transaction: every repository writes through the one that its caller opened. */
export type Transaction = Pick<EntityManager, 'query'>;

const maxAttempts = 10;
/** serialization_failure and deadlock_detected: the loser did nothing and may simply begin again. */
const retryable = new Set(['40001', '40P01']);

const sqlStateOf = (error: unknown): string | undefined => {
  const code = (error as { driverError?: { code?: unknown } } | null)?.driverError?.code;
  return typeof code === 'string' ? code : undefined;
};

const violatedConstraint = (error: unknown): unknown =>
  sqlStateOf(error) === '23505'
    ? (error as { driverError: { constraint?: unknown } }).driverError.constraint
    : undefined;

/** Runs `work` and says what is taken when it breaks the named unique constraint. @throws DcmError CONFLICT with that message. */
export async function refuseTaken<T>(constraint: string, message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (violatedConstraint(error) !== constraint) throw error;
    throw new DcmError('CONFLICT', message, { cause: error });
  }
}

/**
 * Runs `work` in one transaction and begins again when PostgreSQL gave it up for the sake of another one. `work` therefore
 * has no effect but through its manager. Locks are taken in the order operation, VM → site → tenant → project.
 * @throws whatever `work` throws, after a rollback.
 */
export async function transact<T>(database: Database, work: (manager: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.transaction(work);
    } catch (error) {
      if (attempt >= maxAttempts || !retryable.has(sqlStateOf(error) ?? '')) throw error;
      await sleep(Math.random() * 10 * attempt);
    }
  }
}

/** Runs one statement with parameters and returns its rows, whatever its command (TypeORM answers UPDATE and DELETE in another shape). */
export async function rows<T>(
  manager: Pick<EntityManager, 'query'>,
  sql: string,
  parameters: unknown[] = [],
): Promise<T[]> {
  const answer: unknown = await manager.query(sql, parameters);
  if (!Array.isArray(answer)) return [];
  const [first, count] = answer as unknown[];
  return (Array.isArray(first) && typeof count === 'number' ? first : answer) as T[];
}

/** The first row, or undefined. */
export async function firstRow<T>(
  manager: Pick<EntityManager, 'query'>,
  sql: string,
  parameters: unknown[] = [],
): Promise<T | undefined> {
  return (await rows<T>(manager, sql, parameters))[0];
}

/** The row that a statement always gives: of an INSERT, or of a sum. @throws DcmError INTERNAL when there is none. */
export async function onlyRow<T>(
  manager: Pick<EntityManager, 'query'>,
  sql: string,
  parameters: unknown[] = [],
): Promise<T> {
  const row = await firstRow<T>(manager, sql, parameters);
  if (row === undefined) throw new DcmError('INTERNAL', 'Unable to go on: a statement gave no row');
  return row;
}
