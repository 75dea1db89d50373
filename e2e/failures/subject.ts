import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { until } from './patience';

export interface SubjectSpec {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly readyUrl: string;
  /** Where its failpoints are written. */
  readonly failpointFile: string;
}

const briefMs = 1_000;
const pauseMs = 250;

/** A process of the product that may die: this process is its parent and starts it again at once. */
export class Subject {
  /** Ends of processes that nobody asked for. */
  deaths = 0;
  private child: ChildProcess | undefined;
  private isWanted = false;
  /** What the processes after this one will read, one after the other. */
  private next: string[] = [];

  constructor(readonly spec: SubjectSpec) {}

  get name(): string {
    return this.spec.name;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  start(): void {
    this.isWanted = true;
    const { args, env, logFile, failpointFile } = this.spec;
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'a', 0o600);
    const startedAt = performance.now();
    const child = spawn(process.execPath, [...args], {
      env: { PATH: process.env['PATH'] ?? '', ...env, DCM_FAILPOINT_FILE: failpointFile },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.child = child;
    child.once('exit', () => {
      if (!this.isWanted) return;
      this.deaths += 1;
      writeFileSync(failpointFile, this.next.shift() ?? '');
      // A process that ends as soon as it starts finds no database, say: it is not started in a tight loop.
      const isBrief = performance.now() - startedAt < briefMs;
      setTimeout(
        () => {
          if (this.isWanted) this.start();
        },
        isBrief ? pauseMs : 0,
      );
    });
  }

  async isReady(): Promise<boolean> {
    try {
      return (await fetch(this.spec.readyUrl, { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
      return false;
    }
  }

  async ready(timeoutMs = 60_000): Promise<void> {
    await until(`${this.name} is ready (its log is ${this.spec.logFile})`, timeoutMs, async () =>
      (await this.isReady()) ? true : undefined,
    );
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child?.kill(signal);
  }

  /**
   * Arms the first text in the running process and resolves when it has read it; an empty text disarms. Each process that
   * follows a death reads the next text, and nothing when there is none.
   */
  async arm(text: string, ...next: readonly string[]): Promise<void> {
    this.next = [];
    await this.ready();
    writeFileSync(this.spec.failpointFile, text);
    this.next = [...next];
    const before = this.log().length;
    this.kill('SIGUSR2');
    await until(`${this.name} has read its failpoints`, 30_000, () =>
      this.log()
        .slice(before - 1)
        .some((line) => line.startsWith('armed '))
        ? true
        : undefined,
    );
  }

  /** The failpoints that went off so far, in order. */
  fired(): string[] {
    return this.log().flatMap((line) => (line.startsWith('fired ') ? [line.split(' ')[2] ?? ''] : []));
  }

  /** SIGTERM, and SIGKILL when it is still there after the grace. It is not started again. */
  async stop(graceMs = 35_000): Promise<void> {
    this.isWanted = false;
    const child = this.child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => {
      child.once('exit', () => {
        resolve();
      });
    });
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const cutOff = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await gone;
    clearTimeout(cutOff);
  }

  private log(): string[] {
    const file = `${this.spec.failpointFile}.log`;
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  }
}
