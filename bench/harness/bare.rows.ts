import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';

/** A table, a row of it as a model, and the columns that must differ from row to row. */
interface Sample {
  readonly table: string;
  readonly columns: readonly string[];
  readonly values: readonly unknown[];
}

const tables = ['operation', 'vm', 'ledger', 'journal', 'outbox'] as const;
const fresh: ReadonlySet<string> = new Set([
  'operation.id',
  'operation.vm_id',
  'vm.id',
  'ledger.vm_id',
  'journal.subject',
  'outbox.id',
]);
const counted: ReadonlySet<string> = new Set(['vm.instance_number', 'vm.name']);
/** As many as an accepted request writes. */
const rowsOf: Readonly<Record<string, number>> = { journal: 2 };

const stored = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !(value instanceof Date) && !Buffer.isBuffer(value)
    ? JSON.stringify(value)
    : value;

/**
 * The rows that an accepted request leaves, inserted by one statement with the same bytes into tables with the same columns and indexes: what
 * a careful programmer writes without quota, policy, chain of hashes or locks.
 */
export class BareRows {
  private count = 0;

  private constructor(
    private readonly pool: Pool,
    private readonly samples: readonly Sample[],
    private readonly sql: string,
  ) {}

  /** Call it while requests are accepted: they leave the models, and a row of the outbox does not stay long. */
  static async open(url: string): Promise<BareRows> {
    const pool = new Pool({ connectionString: url, max: 10 });
    await pool.query('CREATE SCHEMA bench');
    const samples: Sample[] = [];
    for (const table of tables) {
      const row = await oneOf(pool, table);
      await pool.query(`CREATE TABLE bench.${table} (LIKE approvals.${table} INCLUDING ALL)`);
      const columns = await givenColumns(pool, table);
      const sample = { table, columns, values: columns.map((column) => stored(row[column])) };
      samples.push(...Array.from({ length: rowsOf[table] ?? 1 }, () => sample));
    }
    return new BareRows(pool, samples, statementOf(samples));
  }

  async insert(): Promise<void> {
    const values = this.samples.flatMap(({ table, columns, values: model }) => {
      this.count += 1;
      return columns.map((column, index) => {
        if (fresh.has(`${table}.${column}`)) return randomUUID();
        return counted.has(`${table}.${column}`) ? this.count : model[index];
      });
    });
    await this.pool.query({ name: 'bare', text: this.sql, values });
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

/** Those that the server neither draws nor computes. */
async function givenColumns(pool: Pool, table: string): Promise<string[]> {
  const { rows } = await pool.query<{ column_name: string }>(
    `SELECT column_name FROM information_schema.columns WHERE table_schema = 'approvals' AND table_name = $1
       AND is_identity = 'NO' AND is_generated = 'NEVER'`,
    [table],
  );
  return rows.map(({ column_name: column }) => column);
}

async function oneOf(pool: Pool, table: string): Promise<Record<string, unknown>> {
  for (let look = 0; look < 1_000; look += 1) {
    const { rows } = await pool.query<Record<string, unknown>>(`SELECT * FROM approvals.${table} LIMIT 1`);
    if (rows[0] !== undefined) return rows[0];
    await sleep(2);
  }
  throw new Error(`approvals.${table} has no row to copy`);
}

function statementOf(samples: readonly Sample[]): string {
  let last = 0;
  const inserts = samples.map(({ table, columns }) => {
    const places = columns.map(() => `$${(last += 1)}`);
    return `INSERT INTO bench.${table} (${columns.join(', ')}) VALUES (${places.join(', ')})`;
  });
  const head = inserts.slice(0, -1).map((insert, index) => `i${index} AS (${insert})`);
  return `WITH ${head.join(', ')} ${inserts.at(-1) ?? ''}`;
}
