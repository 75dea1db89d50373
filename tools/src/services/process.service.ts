import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessSpec {
  readonly name: string;
  /** Node's arguments: the script and what follows it. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  /** Answers 200 once the process can work. */
  readonly readyUrl: string;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;
const steadyMs = 30_000;

/** A child process that is started again when it ends by itself: at once after a steady run, with growing pauses when it keeps failing. */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private stopping = false;
  private failures = 0;

  private onRestart: () => void = () => undefined;

  constructor(readonly spec: ProcessSpec) {}

  /** Tells each time the process was started again under another id. */
  whenRestarted(listener: () => void): void {
    this.onRestart = listener;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  start(): void {
    mkdirSync(dirname(this.spec.logFile), { recursive: true });
    const log = openSync(this.spec.logFile, 'a');
    const startedAt = performance.now();
    this.child = spawn(process.execPath, [...this.spec.args], { env: this.spec.env, stdio: ['ignore', log, log] });
    closeSync(log);
    this.child.once('exit', () => {
      if (this.stopping) return;
      this.failures = performance.now() - startedAt > steadyMs ? 0 : this.failures + 1;
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.failures, 6));
      setTimeout(() => {
        if (this.stopping) return;
        this.start();
        this.onRestart();
      }, pause);
    });
  }

  /** @throws Error that names the log when the process is not ready in time. */
  async ready(timeoutMs: number): Promise<void> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      if (await isOk(this.spec.readyUrl)) return;
      if (performance.now() > until)
        throw new Error(`${this.spec.name} is not ready after ${timeoutMs / 1000} s; its log is ${this.spec.logFile}`);
      await delay(50);
    }
  }

  /** SIGTERM, and SIGKILL when the process is still there after the grace. */
  async stop(graceMs = 35_000): Promise<void> {
    this.stopping = true;
    const child = this.child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => {
      child.once('exit', () => {
        resolve();
      });
    });
    child.kill('SIGTERM');
    const cutOff = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await gone;
    clearTimeout(cutOff);
  }
}

async function isOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
