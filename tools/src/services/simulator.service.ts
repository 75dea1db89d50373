import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A simulator of ours as a program of its own: it prints `READY <url> pid=<n>` and ends when its standard input closes. */
export interface SimulatorSpec {
  readonly name: string;
  /** The built main. */
  readonly script: string;
  readonly args: readonly string[];
  /** Beside what this process has: passwords, which no list of processes shows. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

export interface RunningSimulator {
  readonly url: string;
  /** What it has written so far. */
  readonly said: string;
  stop(): Promise<void>;
}

/** A simulator holds little, and V8 would rather grow than collect. */
const nodeFlags = ['--enable-source-maps', '--max-semi-space-size=2', '--max-old-space-size=96'];
const startMs = 60_000;
const graceMs = 5_000;
const pollMs = 10;

/**
 * Starts a simulator and waits until it listens. It ends with this process, and does not keep it alive.
 * @throws Error with what it wrote when it ends before it listens, or is not ready in time.
 */
export async function startSimulator({ name, script, args, env, logFile }: SimulatorSpec): Promise<RunningSimulator> {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a', 0o600);
  const from = fstatSync(log).size;
  const child = spawn(process.execPath, [...nodeFlags, script, ...args], {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  child.unref();
  (child.stdin as { unref?: () => void } | null)?.unref?.();
  const said = (): string => readFileSync(logFile).subarray(from).toString();
  const until = performance.now() + startMs;
  for (;;) {
    const isGone = isOver(child); // asked before the log is read, so that nothing written last is missed
    const url = /^READY (\S+) pid=\d+$/m.exec(said())?.[1];
    if (url !== undefined) return { url, said: said(), stop: () => end(child) };
    if (isGone || performance.now() > until) break;
    await delay(pollMs);
  }
  await end(child);
  throw new Error(`Unable to start the simulator ${name}: ${said().trim()}`);
}

const isOver = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

/** SIGTERM, and SIGKILL when it is still there after the grace. */
async function end(child: ChildProcess): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (isOver(child)) return;
    child.kill(signal);
    const until = performance.now() + graceMs;
    while (!isOver(child) && performance.now() < until) await delay(pollMs);
  }
}
