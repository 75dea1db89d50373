import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
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
  /** File that holds the process id while the process runs. */
  readonly pidFile?: string;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;
const steadyMs = 30_000;
const hopelessAfter = 3;

/**
 * Milliseconds until a process is started again: short after a steady run, doubling with each failure in a row.
 * @param failures ends in a row that followed a short run.
 */
export function restartPauseMs(failures: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 6));
}

/** A child process that is supervised: when it ends by itself it is started again, with growing pauses when it keeps failing. */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private stopping = false;
  private failures = 0;
  private restart: NodeJS.Timeout | undefined;
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
    const { args, env, logFile } = this.spec;
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'a', 0o600);
    const startedAt = performance.now();
    const child = spawn(process.execPath, [...args], { env, stdio: ['ignore', log, log] });
    closeSync(log);
    this.child = child;
    this.recordPid(child.pid);
    let over = false;
    const ended = (): void => {
      if (over) return;
      over = true;
      this.recordPid(undefined);
      this.ended(performance.now() - startedAt);
    };
    child.once('exit', ended);
    child.once('error', ended); // it could not be started; no exit follows
  }

  /** @throws Error that names the log when the process is not ready in time or keeps ending. */
  async ready(timeoutMs: number): Promise<void> {
    const { name, readyUrl, logFile } = this.spec;
    const until = performance.now() + timeoutMs;
    while (!(await isOk(readyUrl))) {
      if (this.failures >= hopelessAfter) throw new Error(`${name} ends as soon as it starts; its log is ${logFile}`);
      if (performance.now() > until)
        throw new Error(`${name} is not ready after ${timeoutMs / 1000} s; its log is ${logFile}`);
      await delay(50);
    }
  }

  /** SIGTERM, and SIGKILL when the process is still there after the grace. It is not started again. */
  async stop(graceMs = 35_000): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    const child = this.child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
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

  private ended(ranMs: number): void {
    if (this.stopping) return;
    this.failures = ranMs > steadyMs ? 0 : this.failures + 1;
    this.restart = setTimeout(() => {
      this.start();
      this.onRestart();
    }, restartPauseMs(this.failures));
  }

  private recordPid(pid: number | undefined): void {
    const { pidFile } = this.spec;
    if (pidFile === undefined) return;
    if (pid === undefined) rmSync(pidFile, { force: true });
    else writeFileSync(pidFile, `${pid}\n`);
  }
}

async function isOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
