import type { DataSource, EntityManager } from 'typeorm';
import { inTransaction } from './pipelined-transaction';

const answer = (command: string): unknown => ({ command, rows: [], rowCount: 0 });

/** A session that answers each statement when it is told to, and fails those that it is told to. */
class FakeSession {
  readonly sent: string[] = [];
  readonly failing = new Map<string, Error>();
  private readonly open: (() => void)[] = [];

  query(text: string): Promise<unknown> {
    this.sent.push(text);
    return new Promise((resolve, reject) => {
      this.open.push(() => {
        const error = this.failing.get(text);
        if (error === undefined) resolve(answer(text.split(' ')[0] ?? ''));
        else reject(error);
      });
    });
  }

  /** Answers everything that comes, in order. */
  async answerAll(): Promise<void> {
    for (let idle = 0; idle < 5; idle += 1) {
      await new Promise(setImmediate);
      for (const one of this.open.splice(0)) {
        one();
        idle = 0;
      }
    }
  }
}

function over(session: FakeSession, work: (manager: EntityManager) => Promise<unknown>): Promise<unknown> {
  const runner = { connect: () => Promise.resolve(session), manager: {}, release: () => Promise.resolve() };
  return inTransaction({ createQueryRunner: () => runner } as unknown as DataSource, work);
}

const sqlError = (code: string): Error => Object.assign(new Error(code), { code });

describe('a pipelined transaction', () => {
  let session: FakeSession;
  beforeEach(() => {
    session = new FakeSession();
  });

  it('sends its reads with its beginning, and its last changes with its commit', async () => {
    const done = over(session, async (manager) => {
      await Promise.all([manager.query('SELECT 1'), manager.query('SELECT 2')]);
      void manager.query('UPDATE a');
      void manager.query('INSERT b');
      return 'value';
    });
    await new Promise(setImmediate);
    expect(session.sent).toEqual(['START TRANSACTION', 'SELECT 1', 'SELECT 2']);
    await session.answerAll();
    expect(session.sent.slice(3)).toEqual(['UPDATE a', 'INSERT b', 'COMMIT']);
    expect(await done).toBe('value');
  });

  it('sends no change before it has begun, and nothing else in front of that change', async () => {
    const done = over(session, async (manager) => {
      await Promise.all([manager.query('SELECT 1'), manager.query('INSERT a'), manager.query('SELECT 2')]);
    });
    await new Promise(setImmediate);
    expect(session.sent).toEqual(['START TRANSACTION', 'SELECT 1']);
    await session.answerAll();
    expect(session.sent.slice(2)).toEqual(['INSERT a', 'SELECT 2', 'COMMIT']);
    await done;
  });

  it('changes nothing when its beginning is refused', async () => {
    session.failing.set('START TRANSACTION', sqlError('57014'));
    const done = over(session, (manager) => manager.query('INSERT a'));
    done.catch(() => undefined);
    await session.answerAll();
    expect(session.sent).toEqual(['START TRANSACTION', 'ROLLBACK']);
    await expect(done).rejects.toMatchObject({ driverError: { code: '57014' } });
  });

  it('fails with the first statement that failed, though nobody waited for it', async () => {
    session.failing.set('INSERT a', sqlError('40P01'));
    session.failing.set('SELECT b', sqlError('25P02'));
    const done = over(session, async (manager) => {
      await manager.query('SELECT 1');
      manager.query('INSERT a').catch(() => undefined);
      await manager.query('SELECT b');
    });
    done.catch(() => undefined);
    await session.answerAll();
    expect(session.sent.at(-1)).toBe('ROLLBACK');
    await expect(done).rejects.toMatchObject({ driverError: { code: '40P01' } });
  });

  it('fails when the last changes fail behind which the commit is sent already', async () => {
    session.failing.set('INSERT a', sqlError('23505'));
    const done = over(session, async (manager) => {
      await manager.query('SELECT 1');
      manager.query('INSERT a').catch(() => undefined);
    });
    done.catch(() => undefined);
    await session.answerAll();
    expect(session.sent).toContain('COMMIT');
    await expect(done).rejects.toMatchObject({ driverError: { code: '23505' } });
  });

  it('fails with what its work makes of a failed statement, and with what its work throws by itself', async () => {
    session.failing.set('INSERT a', sqlError('23505'));
    const taken = over(session, async (manager) => {
      await manager.query('INSERT a').catch(() => {
        throw new Error('taken');
      });
    });
    taken.catch(() => undefined);
    await session.answerAll();
    await expect(taken).rejects.toThrow('taken');
    const refused = over(session, () => Promise.reject(new Error('refused')));
    refused.catch(() => undefined);
    await session.answerAll();
    await expect(refused).rejects.toThrow('refused');
    expect(session.sent.at(-1)).toBe('ROLLBACK');
  });

  it('sends nothing more once a statement has failed', async () => {
    session.failing.set('INSERT a', sqlError('23505'));
    const done = over(session, async (manager) => {
      await manager.query('INSERT a').catch(() => undefined);
      await manager.query('INSERT b');
    });
    done.catch(() => undefined);
    await session.answerAll();
    expect(session.sent).toEqual(['START TRANSACTION', 'INSERT a', 'ROLLBACK']);
    await expect(done).rejects.toMatchObject({ driverError: { code: '23505' } });
  });
});
