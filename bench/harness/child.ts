import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

interface Answer {
  readonly result?: unknown;
  readonly error?: string;
}

/** A process of the bench itself that is asked one thing at a time. It ends with its parent. */
export class Child {
  private constructor(private readonly child: ChildProcess) {}

  /** @param script of this folder, without its ending. */
  static start(script: string, env: Readonly<Record<string, string>> = {}): Child {
    const file = join(__dirname, `${script}.js`);
    return new Child(fork(file, { env: { ...process.env, ...env }, execArgv: ['--enable-source-maps'] }));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** @throws Error that the process answers, or that it has ended. */
  async ask<T>(order: unknown): Promise<T> {
    const ended = new AbortController();
    const answer = once(this.child, 'message', { signal: ended.signal }) as Promise<[Answer]>;
    const stop = (): void => {
      ended.abort(new Error('the process has ended'));
    };
    this.child.once('exit', stop);
    this.child.send(order as object);
    try {
      const [{ result, error }] = await answer;
      if (error !== undefined) throw new Error(error);
      return result as T;
    } finally {
      this.child.off('exit', stop);
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }
}
