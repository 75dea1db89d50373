import { onceOnly, pruneInbox } from '../src/outbox/inbox.repository';
import { ThrowAwayDatabase } from './throw-away-database';

jest.setTimeout(30_000);

describe('the inbox', () => {
  let database: ThrowAwayDatabase;
  const owner = { schema: 'room', consumer: 'tester' };

  beforeAll(async () => {
    database = await ThrowAwayDatabase.create();
    await database.dataSource.query('CREATE TABLE room.effect (id text)');
  });
  afterAll(() => database.drop());
  afterEach(() => database.dataSource.query('TRUNCATE room.inbox, room.effect'));

  const handle = (ids: readonly string[], consumer = 'tester'): Promise<number> =>
    onceOnly(
      database.dataSource,
      { schema: 'room', consumer },
      ids.map((id) => ({ id })),
      async (manager, fresh) => {
        for (const { id } of fresh) await manager.query('INSERT INTO room.effect VALUES ($1)', [id]);
      },
    );

  const effects = async (): Promise<string[]> => {
    const rows = await database.dataSource.query<{ id: string }[]>('SELECT id FROM room.effect ORDER BY id');
    return rows.map((row) => row.id);
  };

  it('handles a message once, however often it comes', async () => {
    expect(await handle(['a', 'b', 'a'])).toBe(2);
    expect(await handle(['b', 'c'])).toBe(1);
    expect(await effects()).toEqual(['a', 'b', 'c']);
  });

  it('handles it once for each consumer', async () => {
    await handle(['a'], 'one');
    await handle(['a'], 'two');
    expect(await effects()).toEqual(['a', 'a']);
  });

  it('forgets a message whose work failed', async () => {
    const failing = onceOnly(database.dataSource, owner, [{ id: 'a' }], () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await handle(['a'])).toBe(1);
  });

  it('handles it once when twenty copies come at the same time, in any order', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const rotated = Array.from({ length: 20 }, (_, n) => [...ids.slice(n % 5), ...ids.slice(0, n % 5)]);
    const counts = await Promise.all(rotated.map((each) => handle(each)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(await effects()).toEqual(ids);
  });

  it('forgets what is old, in batches', async () => {
    await handle(['new']);
    await database.dataSource.query(
      `INSERT INTO room.inbox SELECT 'old' || n, 'tester', now() - interval '9 days' FROM generate_series(1, 25) AS n`,
    );
    expect(await pruneInbox(database.dataSource, 'room', { batch: 10 })).toBe(25);
    expect(await database.count('inbox')).toBe(1);
  });
});
