import type { Duplex } from 'node:stream';
import { Client, type ClientConfig } from 'pg';
import { gatherTurn } from './gather-turn';

/** Statements are written in code and so are few; a text beyond these is one that somebody builds, and is not worth being kept. */
const maxStatements = 400;

/** What may be kept: one statement that reads or writes rows. */
const isKept = (text: string): boolean => /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/.test(text) && !text.includes(';');

const names = new Map<string, string>();

/** The name of a statement in every session of this process; undefined for one that is not to be kept. */
function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= maxStatements || !isKept(text)) return known;
  const name = `dcm_${names.size}`;
  names.set(text, name);
  return name;
}

/** The server refuses a kept statement whose table has got other columns meanwhile, and one that it does not have. */
const isStale = (error: unknown): boolean => {
  const { code } = error as { code?: unknown };
  return code === '0A000' || code === '26000';
};

/**
 * A client that lets the server parse each statement once per session and plan it a few times, instead of at every call:
 * at our statements' size that was a third of the server's work. After a migration by another process a statement may fail once; then it
 * is prepared anew.
 * @see https://www.postgresql.org/docs/current/sql-prepare.html
 */
export class PreparedClient extends Client {
  private generation = 0;

  constructor(config?: ClientConfig) {
    super(config);
    const query = this.query.bind(this) as (...args: readonly unknown[]) => unknown;
    const prepared = (text: unknown, values?: unknown, ...more: readonly unknown[]): unknown => {
      this.gather();
      const isPlain = typeof text === 'string' && (values === undefined || Array.isArray(values));
      const name = isPlain ? nameOf(text) : undefined;
      if (name === undefined) return query(text, values, ...more);
      const answer = query({ name: `${name}_${this.generation}`, text, values: values ?? [] }, ...more);
      return answer instanceof Promise ? answer.catch((error: unknown) => this.forget(error)) : answer;
    };
    this.query = prepared as typeof this.query;
  }

  private gather(): void {
    gatherTurn((this as unknown as { connection: { stream: Duplex } }).connection.stream);
  }

  private forget(error: unknown): never {
    if (isStale(error)) this.generation += 1;
    throw error;
  }
}
