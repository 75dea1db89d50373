import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { VcsimOptions } from './arguments';
import { VcsimUnavailable } from './build';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
const POLL_MS = 10;
const MAX_KEPT_OUTPUT = 65_536;

/** A simulator process and what it has written so far, or the end of that. */
export interface RunningProgram {
  readonly child: ChildProcess;
  readonly output: () => string;
}

type ProgramOptions = Pick<VcsimOptions, 'dieWithParent' | 'logFile'> & { readonly password: string };

/**
 * Starts the program, attached to this process or on its own.
 * @throws VcsimUnavailable when it shall outlive this process and has no file to write to.
 */
export function spawnProgram(program: string, args: readonly string[], options: ProgramOptions): RunningProgram {
  const { logFile, password } = options;
  const env = { ...process.env, VCSIM_LISTEN_PASSWORD: password };
  if (options.dieWithParent !== false) return spawnAttached(program, [...args, '-die-with-parent'], env, logFile);
  if (logFile === undefined) {
    throw new VcsimUnavailable('Unable to start vcsim: a logFile is needed when it outlives this process');
  }
  const log = openLog(logFile);
  const child = spawn(program, args, { env, stdio: ['ignore', log.descriptor, log.descriptor], detached: true });
  child.unref();
  closeSync(log.descriptor);
  return { child, output: log.added };
}

/** A forgotten simulator does not keep this process alive: it ends when its standard input closes. */
function spawnAttached(program: string, args: string[], env: NodeJS.ProcessEnv, logFile?: string): RunningProgram {
  const log = logFile === undefined ? undefined : openLog(logFile);
  const target = log?.descriptor ?? 'pipe';
  const child = spawn(program, args, { env, stdio: ['pipe', target, target] });
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket | null)?.unref();
  if (log === undefined) return { child, output: collect(child) };
  closeSync(log.descriptor);
  return { child, output: log.added };
}

interface Log {
  readonly descriptor: number;
  /** What was written since the log was opened. */
  readonly added: () => string;
}

function openLog(file: string): Log {
  mkdirSync(path.dirname(file), { recursive: true });
  const descriptor = openSync(file, 'a', 0o600);
  const start = fstatSync(descriptor).size;
  return { descriptor, added: () => readFileSync(file).subarray(start).toString() };
}

function collect(child: ChildProcess): () => string {
  let kept = '';
  const keep = (chunk: Buffer): void => {
    kept = (kept + chunk.toString()).slice(-MAX_KEPT_OUTPUT);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => kept;
}

/**
 * Waits for the program's READY line and returns the URL in it.
 * @throws VcsimUnavailable with the program's output when it ends before.
 */
export async function untilReady({ child, output }: RunningProgram): Promise<string> {
  let problem: Error | undefined;
  child.on('error', (error) => {
    problem = error;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && problem === undefined) {
    const over = isOver(child); // asked before the output is read, so that nothing written last is missed
    const url = /^READY (\S+) pid=\d+$/m.exec(output())?.[1];
    if (url !== undefined) return url;
    if (over) break;
    await sleep(POLL_MS);
  }
  await endProgram(child);
  throw new VcsimUnavailable(`Unable to start vcsim: ${problem?.message ?? output().trim()}`);
}

function isOver(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** Asks the program to end and kills it when it does not. */
export async function endProgram(child: ChildProcess): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (isOver(child)) return;
    child.kill(signal);
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (!isOver(child) && Date.now() < deadline) await sleep(POLL_MS);
  }
}
