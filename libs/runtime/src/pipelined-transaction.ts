import { QueryFailedError, type DataSource, type EntityManager } from 'typeorm';

interface Answer {
  readonly command: string;
  readonly rows: unknown[];
  readonly rowCount: number | null;
}

/** A session in pipeline mode: what is sent is carried out in its order, and nobody waits for the answer before. */
interface Session {
  query(text: string, values?: readonly unknown[]): Promise<Answer>;
}

/**
 * Runs `work` in one transaction. Its statements are sent as they come: those that are not waited for one by one cost one round trip together, and
 * so do the beginning with the first of them and the commit with the last. The commit waits for all of them.
 * @throws the error of the first statement that failed, as TypeORM words it, else that of `work`; then nothing was changed.
 */
export async function inTransaction<T>(source: DataSource, work: (manager: EntityManager) => Promise<T>): Promise<T> {
  const runner = source.createQueryRunner();
  try {
    const statements = new Statements((await runner.connect()) as Session);
    const query = { value: (text: string, values?: unknown[]) => statements.send(text, values) };
    return await statements.around(() => work(Object.create(runner.manager, { query }) as EntityManager));
  } finally {
    await runner.release();
  }
}

class Statements {
  private readonly begun: Promise<unknown>;
  private isBegun = false;
  /** Something waits for the beginning, and so does what is sent behind it. */
  private isHeld = false;
  private failure: { readonly error: unknown } | undefined;
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(private readonly session: Session) {
    this.begun = this.issue('START TRANSACTION').then(() => {
      this.isBegun = true;
    });
    this.begun.catch(() => undefined);
  }

  async around<T>(work: () => Promise<T>): Promise<T> {
    try {
      const value = await work();
      await this.end('COMMIT');
      return value;
    } catch (error) {
      const cause = this.failure?.error ?? error;
      await this.end('ROLLBACK').catch(() => undefined);
      throw isConsequence(error) ? cause : error;
    }
  }

  /** @returns the rows; of an UPDATE or a DELETE the rows and their number, as TypeORM does. */
  send(text: string, values?: unknown[]): Promise<unknown> {
    if (this.failure !== undefined) return Promise.reject(new AbortedError({ cause: this.failure.error }));
    if (this.isBegun || (!this.isHeld && isRead(text))) return this.issue(text, values);
    // Were the beginning refused, a change would stand by itself.
    this.isHeld = true;
    return this.begun.then(() => this.issue(text, values));
  }

  private issue(text: string, values?: unknown[]): Promise<unknown> {
    const answer = this.session.query(text, values).then(resultOf, (error: unknown) => {
      const failed = new QueryFailedError(text, values, error as Error);
      this.failure ??= { error: failed };
      throw failed;
    });
    const settled = answer.then(
      () => undefined,
      () => undefined,
    );
    this.underWay.add(settled);
    void settled.then(() => this.underWay.delete(settled));
    return answer;
  }

  /** A commit behind a statement that fails is a rollback. */
  private async end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    // What was held is sent first.
    if (this.isHeld) await this.begun.catch(() => undefined);
    const ended = this.issue(this.failure === undefined ? how : 'ROLLBACK');
    await Promise.all([ended, ...this.underWay]);
    if (this.failure !== undefined && how === 'COMMIT') throw this.failure.error;
  }
}

/** The transaction has failed already: nothing more is sent. */
class AbortedError extends Error {
  constructor(options: ErrorOptions) {
    super('the transaction has failed', options);
  }
}

/** in_failed_sql_transaction, or what stands for it here. */
const isConsequence = (error: unknown): boolean =>
  error instanceof AbortedError ||
  (error as { driverError?: { code?: unknown } } | null)?.driverError?.code === '25P02';

const isRead = (text: string): boolean => /^\s*SELECT\b/.test(text);

const resultOf = ({ command, rows, rowCount }: Answer): unknown =>
  command === 'UPDATE' || command === 'DELETE' ? [rows, rowCount] : rows;
