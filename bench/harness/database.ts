import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** Looks at the product's tables from outside, on a connection of its own. */
export class Database {
  private constructor(private readonly client: Client) {}

  static async open(url: string): Promise<Database> {
    const client = new Client({ connectionString: url, application_name: 'dcm-bench' });
    await client.connect();
    return new Database(client);
  }

  async rows<T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    return (await this.client.query<T>(sql, [...values])).rows;
  }

  async number(sql: string, values: readonly unknown[] = []): Promise<number> {
    const [row] = await this.rows<Record<string, unknown>>(sql, values);
    return Number(Object.values(row ?? {})[0]);
  }

  /**
   * Waits until a statement that counts says zero.
   * @returns how long that took, in milliseconds.
   * @throws Error that says what is left when it takes longer than `timeoutMs`.
   */
  async untilZero(sql: string, values: readonly unknown[] = [], timeoutMs = 180_000): Promise<number> {
    const startedAt = performance.now();
    for (;;) {
      const left = await this.number(sql, values);
      const elapsed = performance.now() - startedAt;
      if (left === 0) return elapsed;
      if (elapsed > timeoutMs) throw new Error(`still ${left} after ${Math.round(elapsed / 1000)} s: ${sql}`);
      await sleep(100);
    }
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

/** What the product still has to do for accepted requests before nothing moves any more, operations that wait for people apart. */
export const backlogSql = `
SELECT (SELECT count(*) FROM gateway.request WHERE status = 'pending') + (SELECT count(*) FROM gateway.outbox)
  + (SELECT count(*) FROM approvals.outbox) + (SELECT count(*) FROM approvals.operation WHERE state IN ('accepted', 'planning', 'queued', 'running'))
  + (SELECT count(*) FROM approvals.journal_position WHERE position IS NULL)
  + (SELECT count(*) FROM approvals.journal_position WHERE position > (SELECT published FROM approvals.journal_relay)) AS backlog`;
