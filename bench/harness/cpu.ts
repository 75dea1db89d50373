import { readdirSync, readFileSync } from 'node:fs';
import { Client } from 'pg';

/** Linux counts processor time in hundredths of a second for every program. @see proc(5), USER_HZ */
const tickMs = 10;

interface Stat {
  readonly name: string;
  readonly parent: number;
  readonly cpuMs: number;
}

/** @returns undefined for a process that is gone. */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * tickMs;
    return { name: text.slice(text.indexOf('(') + 1, end), parent: Number(fields[1]), cpuMs };
  } catch {
    return undefined;
  }
}

const everyPid = (): number[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);

/** Resident memory of a process in MB. */
export function rssMb(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(line?.[1] ?? 0) / 1024);
}

/** The server process behind a database address on this machine. */
export async function postmasterOf(databaseUrl: string): Promise<number | undefined> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return rows[0] === undefined ? undefined : statOf(rows[0].pid)?.parent;
  } finally {
    await client.end();
  }
}

/** The broker's process; others may use it too. */
export const rabbitPids = (): number[] => everyPid().filter((pid) => statOf(pid)?.name.startsWith('beam') === true);

/** The simulated vCenters on this machine. */
export const vcsimPids = (): number[] => everyPid().filter((pid) => statOf(pid)?.name.startsWith('vcsim') === true);

/** Processor time used so far, in milliseconds, by name. */
export type CpuTimes = Readonly<Record<string, number>>;

/** Processes that are watched, by name; a family is a process with its children. */
export interface Watched {
  readonly pids: Readonly<Record<string, readonly number[]>>;
  readonly families?: Readonly<Record<string, number>>;
}

/** Reads the processor time of each. */
export function cpuTimes({ pids, families = {} }: Watched): CpuTimes {
  const sum = (all: readonly number[]): number => all.reduce((total, pid) => total + (statOf(pid)?.cpuMs ?? 0), 0);
  const everyone = Object.keys(families).length === 0 ? [] : everyPid();
  const family = (head: number): number[] => everyone.filter((pid) => pid === head || statOf(pid)?.parent === head);
  return {
    ...Object.fromEntries(Object.entries(pids).map(([name, all]) => [name, sum(all)])),
    ...Object.fromEntries(Object.entries(families).map(([name, head]) => [name, sum(family(head))])),
  };
}

/** Milliseconds used between two readings. */
export const cpuBetween = (before: CpuTimes, after: CpuTimes): Record<string, number> =>
  Object.fromEntries(Object.entries(after).map(([name, ms]) => [name, Math.max(0, ms - (before[name] ?? 0))]));
