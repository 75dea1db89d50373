import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { DataSource } from 'typeorm';
import { openDatabase } from '../src/database';
import { createLog } from '../src/log';

const url = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const schema = `prepared_${randomBytes(4).toString('hex').replace(/\d/g, 'x')}`;
const log = createLog('test', 'silent');

jest.setTimeout(60_000);

/** A session of the driver, with the socket behind it. */
interface Session {
  readonly connection: { readonly stream: Socket & Required<Pick<Socket, '_writev'>> };
  query(sql: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

describe('statements of an opened database', () => {
  let source: DataSource;
  let other: DataSource;
  const read = (id: number): Promise<unknown[]> => source.query(`SELECT * FROM ${schema}.thing WHERE id = $1`, [id]);

  beforeAll(async () => {
    const sql = [`CREATE TABLE ${schema}.thing (id int PRIMARY KEY)`, `INSERT INTO ${schema}.thing VALUES (1), (2)`];
    source = await openDatabase({ url, schema, migrations: [{ name: '1', sql }], log, poolSize: 1 });
    other = await new DataSource({ type: 'postgres', url }).initialize();
  });
  afterAll(async () => {
    await other.query(`DROP SCHEMA ${schema} CASCADE`);
    await Promise.all([source.destroy(), other.destroy()]);
  });

  it('are prepared once, whatever their values', async () => {
    for (const id of [1, 2]) expect(await read(id)).toEqual([{ id }]);
    const sql = 'SELECT count(*)::int AS count FROM pg_prepared_statements WHERE statement LIKE $1';
    expect(await source.query(sql, [`SELECT * FROM ${schema}.thing%`])).toEqual([{ count: 1 }]);
  });

  it('are never compiled: while a table has no statistics that takes longer than all they do', async () => {
    expect(await source.query('SHOW jit')).toEqual([{ jit: 'off' }]);
  });

  it('are kept without parameters, unless they are several', async () => {
    await source.query(`SELECT 1 AS one FROM ${schema}.thing`);
    await source.query(`SELECT 2 AS two; SELECT 3 AS three`);
    const sql = 'SELECT count(*)::int AS count FROM pg_prepared_statements WHERE statement LIKE $1';
    expect(await source.query(sql, ['SELECT 1 AS one%'])).toEqual([{ count: 1 }]);
    expect(await source.query(sql, ['SELECT 2 AS two%'])).toEqual([{ count: 0 }]);
  });

  it('of one turn are sent in one write', async () => {
    const runner = source.createQueryRunner();
    const session = (await runner.connect()) as Session;
    const { stream } = session.connection;
    const write = jest.spyOn(stream, '_writev');
    try {
      const one = `SELECT id FROM ${schema}.thing WHERE id = $1`;
      const answers = await Promise.all([1, 2, 3].map((id) => session.query(one, [id])));
      expect(answers.map(({ rows }) => rows)).toEqual([[{ id: 1 }], [{ id: 2 }], []]);
      expect(write).toHaveBeenCalledTimes(1);
      expect(stream.writableCorked).toBe(0);
    } finally {
      write.mockRestore();
      await runner.release();
    }
  });

  it('go on after another process changed the table', async () => {
    await read(1);
    await other.query(`ALTER TABLE ${schema}.thing ADD COLUMN name text DEFAULT 'x'`);
    await expect(read(1)).rejects.toThrow();
    expect(await read(1)).toEqual([{ id: 1, name: 'x' }]);
  });
});
