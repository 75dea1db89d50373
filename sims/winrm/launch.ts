import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;
const POLL_MS = 10;
/** The program as `npm run build` leaves it, seen from what is built or from the sources. */
const PROGRAMS = ['main.js', '../../dist/sims/winrm/main.js'].map((file) => path.resolve(__dirname, file));

/** How the simulator runs as a process of its own. */
export interface LaunchOptions {
  readonly password?: string;
  /** Further flags, as `main.js` takes them. */
  readonly flags?: readonly string[];
  /** File that takes the program's output; default: none is kept. */
  readonly logFile?: string;
}

/** A simulator in a process of its own: it ends with this one. */
export interface LaunchedWinrm {
  readonly http: string;
  readonly https: string;
  readonly ca: string;
  readonly username: string;
  readonly password: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * Starts the built program and waits until it listens.
 * @throws Error when it is not built, or does not start.
 */
export async function launchWinrm(options: LaunchOptions = {}): Promise<LaunchedWinrm> {
  const program = PROGRAMS.find((file) => existsSync(file));
  if (program === undefined) throw new Error('Unable to start the SCVMM simulator: it is not built (npm run build)');
  const scratch = mkdtempSync(path.join(tmpdir(), 'dcm-winrm-'));
  const caFile = path.join(scratch, 'ca.pem');
  const password = options.password ?? randomBytes(12).toString('hex');
  const args = [program, '--die-with-parent', `--ca-out=${caFile}`, ...(options.flags ?? [])];
  const env = { ...process.env, WINRM_PASSWORD: password };
  const log = options.logFile === undefined ? undefined : openLog(options.logFile);
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', log ?? 'pipe'] });
  try {
    const { http, https } = await untilReady(child);
    const ca = readFileSync(caFile, 'utf8');
    const username = 'CONTOSO\\svc-dcm';
    return { http, https, ca, username, password, pid: child.pid ?? 0, stop: () => end(child) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    if (log !== undefined) closeSync(log);
  }
}

function openLog(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true });
  return openSync(file, 'a', 0o600);
}

async function untilReady(child: ChildProcess): Promise<{ http: string; https: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-65_536)));
  }
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket | null)?.unref();
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const hasEnded = isOver(child); // asked before the output is read, so that nothing written last is missed
    const found = /^HTTP (\S+)\nREADY (\S+) pid=\d+$/m.exec(output);
    if (found !== null) return { http: found[1] ?? '', https: found[2] ?? '' };
    if (hasEnded) break;
    await sleep(POLL_MS);
  }
  await end(child);
  throw new Error(`Unable to start the SCVMM simulator: ${output.trim()}`);
}

const isOver = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

/** Asks the program to end and kills it when it does not. */
async function end(child: ChildProcess): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (isOver(child)) return;
    child.kill(signal);
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (!isOver(child) && Date.now() < deadline) await sleep(POLL_MS);
  }
}
