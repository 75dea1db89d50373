import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/** A process, so that a later one on the same machine can tell whether it has ended. */
export interface ProcessIdentity {
  /** One boot of one machine, and the namespace that its process ids are of; `-` where that cannot be known. */
  readonly machine: string;
  readonly pid: number;
  /** When it started, in the machine's own count: process ids are used again. */
  readonly started: string;
}

const UNKNOWN = '-';

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { machine: machine(), pid: process.pid, started: statOf(process.pid)?.started ?? UNKNOWN };
}

/** Whether a process has ended; undefined where this machine cannot tell. */
export function hasEnded(other: ProcessIdentity): boolean | undefined {
  const here = machine();
  if (here === UNKNOWN || other.machine !== here) return undefined;
  const stat = statOf(other.pid);
  return stat?.started !== other.started || stat.isDead;
}

/** Elsewhere than on Linux there is no such number for a boot and a namespace. */
function machine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const namespace = readlinkSync('/proc/self/ns/pid');
    return createHash('sha256').update(`${boot} ${namespace}`).digest('hex').slice(0, 12);
  } catch {
    return UNKNOWN;
  }
}

/** @see proc(5), /proc/pid/stat: the third field is the state, the twenty-second the start */
function statOf(pid: number): { readonly started: string; readonly isDead: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { started: fields[19] ?? UNKNOWN, isDead: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return undefined;
  }
}
