import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Whether a process with this id runs. Ids are used again, in containers soon: where the system shows command lines,
 * the process must also carry the mark in its own.
 */
export function isAlive(pid: number, mark = ''): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const commandLine = readIfThere(`/proc/${pid}/cmdline`);
  return commandLine === undefined ? process.platform !== 'linux' : commandLine.includes(mark);
}

/** The process id that stands in the first line of a file; undefined without one. */
export function pidIn(file: string): number | undefined {
  const pid = Number.parseInt(readIfThere(file) ?? '', 10);
  return Number.isNaN(pid) ? undefined : pid;
}

/** Signals a process and waits until it is gone; false when it is still there after the grace. */
export async function endProcess(pid: number, mark: string, signal: NodeJS.Signals, graceMs: number): Promise<boolean> {
  const until = performance.now() + graceMs;
  if (isAlive(pid, mark)) process.kill(pid, signal);
  while (isAlive(pid, mark)) {
    if (performance.now() > until) return false;
    await delay(20);
  }
  return true;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
