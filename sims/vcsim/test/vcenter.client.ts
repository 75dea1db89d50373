import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import type { VcsimTarget } from '../vcsim';

/** What pyvmomi met: a result, or the fault that a method threw or a task ended with. */
export interface Outcome<T> {
  readonly ok?: T;
  readonly fault?: string;
  readonly object?: string | null;
}

/** Debian installs pyvmomi for its own interpreter, which need not be the first on the path. */
const INTERPRETERS = ['/usr/bin/python3', 'python3'];

/** A Python that has pyvmomi, undefined when there is none. */
export function findPyvmomi(): string | undefined {
  return INTERPRETERS.find((program) => spawnSync(program, ['-c', 'import pyVmomi']).status === 0);
}

/** A vCenter session in a Python child process; commands run one after the other. */
export class VcenterClient {
  private readonly answers: AsyncIterator<string>;

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    this.answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.pipe(process.stderr);
  }

  /** Starts Python; the login happens with the first command. */
  static start(program: string, target: VcsimTarget): VcenterClient {
    const client = new VcenterClient(spawn(program, [path.join(__dirname, 'vcenter.py')]));
    client.write({ url: target.url, username: target.username, password: target.password, ca: target.ca });
    return client;
  }

  /** Runs one command of vcenter.py and gives its outcome. */
  async try<T>(command: string, values: Record<string, unknown> = {}): Promise<Outcome<T>> {
    this.write({ ...values, do: command });
    const line = await this.answers.next();
    if (line.done === true) throw new Error('vcenter.py has ended');
    const outcome = JSON.parse(line.value) as Outcome<T> & { error?: string };
    if (outcome.error !== undefined) throw new Error(outcome.error);
    return outcome;
  }

  /** Runs one command that must succeed. */
  async run<T>(command: string, values: Record<string, unknown> = {}): Promise<T> {
    const outcome = await this.try<T>(command, values);
    if (outcome.fault !== undefined) throw new Error(`${command}: ${outcome.fault}`);
    return outcome.ok as T;
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.stdin.end();
    await ended;
  }

  private write(value: unknown): void {
    this.child.stdin.write(`${JSON.stringify(value)}\n`);
  }
}
