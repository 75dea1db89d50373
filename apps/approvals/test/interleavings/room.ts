import { Test, type TestingModule } from '@nestjs/testing';
import { DcmTransport, type Broker, type OutboxRelay } from '@dcm/messaging';
import { createLog, loadConfig } from '@dcm/runtime';
import { approvalsConfigSchema } from '../../src/approvals.config';
import type { Database, Transaction } from '../../src/database/transaction.repository';
import { FoundationModule } from '../../src/foundation.module';
import { OperationsModule } from '../../src/operations/operations.module';
import { createTestDatabase, type TestDatabase } from '../test-database';

export const installationKey = 'a key of this test only';

/** Everything by a clock that the test moves: nothing here waits. */
const settings = {
  LOG_LEVEL: 'fatal',
  AMQP_URL: 'amqp://dcm@127.0.0.1',
  DCM_INSTALLATION_KEY: installationKey,
  DCM_SWEEP_MS: '600000',
  DCM_LEASE_MS: '30000',
  DCM_CALL_TIMEOUT_MS: '5000',
  DCM_PLAN_TIMEOUT_MS: '20000',
  DCM_PLAN_FRESH_MS: '90000',
  DCM_DISPATCH_TIMEOUT_MS: '20000',
  DCM_OPERATION_DEADLINE_MS: '900000',
  DCM_RETRY_BASE_MS: '2000',
  DCM_LATE_EFFECT_WINDOW_MS: '60000',
  DCM_MAX_SNAPSHOTS: '8',
};

/** The process died here. */
export class Crash extends Error {}

/** Where the next transaction dies: before so many statements of it were sent, or right after its commit. */
export type Cut = { readonly before: number } | 'after-commit';

/** Replaces a room of approvals by one with a bug. */
export interface Plant {
  readonly title: string;
  readonly room: abstract new (...parameters: never[]) => unknown;
  readonly useClass: new (...parameters: never[]) => unknown;
  /** What the database must not hinder. */
  readonly sql?: readonly string[];
}

/** The clock of the database, under the names that statements use: they find it before PostgreSQL's own. */
const clock = [
  `INSERT INTO approvals.publisher (user_id, relay) VALUES ('dcm', true)`,
  'CREATE SCHEMA clock',
  'CREATE TABLE clock.shift (by interval NOT NULL)',
  `INSERT INTO clock.shift VALUES ('0')`,
  `CREATE FUNCTION clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
     'SELECT pg_catalog.clock_timestamp() + by FROM clock.shift'`,
  `CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT pg_catalog.now() + by FROM clock.shift'`,
];

const busiest = [
  ...['vm', 'operation', 'approval', 'ledger', 'journal_head', 'outbox', 'heartbeat'].map(
    (name) => `approvals.${name}`,
  ),
  'clock.shift',
];

/** The rooms of approvals over a real database, without doors, loops and broker: the test calls them, and kills them. */
export class InterleavingRoom {
  cut: Cut | null = null;

  private constructor(
    private readonly testDatabase: TestDatabase,
    readonly database: Database,
    readonly module: TestingModule,
  ) {}

  static async open(plant?: Plant): Promise<InterleavingRoom> {
    const made = await createTestDatabase(2);
    for (const statement of [...clock, ...(plant?.sql ?? [])]) await made.source.query(statement);
    const name = new URL(made.url).pathname.slice(1);
    await made.source.query(`ALTER DATABASE ${name} SET search_path = clock, pg_catalog, public`);
    // Nothing here outlives the server.
    await made.source.query(`ALTER DATABASE ${name} SET synchronous_commit = off`);
    // Sessions that are open keep their own settings.
    await made.source.destroy();
    const database = await made.source.initialize();
    const config = loadConfig(approvalsConfigSchema, { ...settings, DATABASE_URL: made.url });
    const resources = {
      config,
      log: createLog('test', process.env['DCM_TEST_LOG'] ?? 'silent'),
      database,
      broker: { isReady: () => true } as unknown as Broker,
      outbox: { forward: () => undefined } as unknown as OutboxRelay,
      transport: Object.create(DcmTransport.prototype) as DcmTransport,
    };
    let builder = Test.createTestingModule({ imports: [FoundationModule.register(resources), OperationsModule] });
    if (plant !== undefined) builder = builder.overrideProvider(plant.room).useClass(plant.useClass);
    const room = new InterleavingRoom(made, database, await builder.compile());
    room.sharpen();
    return room;
  }

  async close(): Promise<void> {
    await this.testDatabase.drop();
  }

  get<T>(room: abstract new (...parameters: never[]) => T): T {
    return this.module.get<T>(room);
  }

  rows<T>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return this.database.query<T[]>(sql, parameters);
  }

  /** What autovacuum would do meanwhile, if it had the time: without it statements keep the plans of empty tables. */
  async tidy(): Promise<void> {
    await this.database.query(`VACUUM (ANALYZE) ${busiest.join(', ')}`);
  }

  async shift(ms: number): Promise<void> {
    await this.rows(`UPDATE clock.shift SET by = by + $1 * interval '1 millisecond'`, [ms]);
  }

  async now(): Promise<Date> {
    return (await this.rows<{ now: Date }>('SELECT clock_timestamp() AS now'))[0]?.now ?? new Date();
  }

  /** Runs `work`, whose first transaction dies as it is told. @returns whether it died. */
  async dying(cut: Cut | null, work: () => Promise<void>): Promise<boolean> {
    this.cut = cut;
    try {
      await work();
      return false;
    } catch (error) {
      if (error instanceof Crash) return true;
      throw error;
    } finally {
      this.cut = null;
    }
  }

  private sharpen(): void {
    const begin = this.database.transaction.bind(this.database) as (
      work: (manager: Transaction) => Promise<unknown>,
    ) => Promise<unknown>;
    const transaction = async (work: (manager: Transaction) => Promise<unknown>): Promise<unknown> => {
      const { cut } = this;
      this.cut = null;
      if (cut === null) return begin(work);
      if (cut !== 'after-commit') return begin((manager) => dyingBefore(manager, cut.before, work));
      await begin(work);
      throw new Crash('after the commit');
    };
    Object.assign(this.database, { transaction });
  }
}

/** Runs `work` on a manager that dies before its n-th statement, whether `work` waits for that statement or not. */
async function dyingBefore(
  manager: Transaction,
  before: number,
  work: (manager: Transaction) => Promise<unknown>,
): Promise<unknown> {
  let sent = 0;
  const crash = new Crash(`before statement ${before}`);
  const query = (sql: string, parameters?: unknown[]): Promise<unknown> => {
    sent += 1;
    return sent >= before ? Promise.reject(crash) : manager.query(sql, parameters);
  };
  const value = await work({ query } as Transaction);
  if (sent >= before) throw crash;
  return value;
}
