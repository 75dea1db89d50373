import type { ShellInfo } from './api';
import type { ProcessIdentity } from './process.identity';

/** What decides whether a shell was left over. */
export interface LeftoverRule {
  readonly clientName: string;
  readonly own: ProcessIdentity;
  /** Whether a process has ended; undefined: cannot be told from here. */
  readonly hasEnded: (process: ProcessIdentity) => boolean | undefined;
  /** Longer than a living process ever leaves its shell without a request. */
  readonly abandonedAfterMs: number;
}

/** The name of a shell: whose it is, and which process opened it. */
export function shellName(clientName: string, { machine, pid, started }: ProcessIdentity): string {
  return [clientName, machine, pid, started].join('/');
}

/**
 * Whether a shell is of this client and nobody's any more. In doubt it is not: the server's own idle timeout comes to the
 * same end.
 */
export function isLeftover(shell: ShellInfo, rule: LeftoverRule): boolean {
  const opener = openerOf(shell.name, rule.clientName);
  if (opener === undefined || isSame(opener, rule.own)) return false;
  const ended = rule.hasEnded(opener);
  return ended ?? (shell.inactivityMs ?? 0) > rule.abandonedAfterMs;
}

function openerOf(name: string | undefined, clientName: string): ProcessIdentity | undefined {
  const [client, machine, pid, started, ...rest] = (name ?? '').split('/');
  if (client !== clientName || machine === undefined || started === undefined || rest.length > 0) return undefined;
  return /^[1-9]\d{0,9}$/.test(pid ?? '') ? { machine, pid: Number(pid), started } : undefined;
}

function isSame(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.machine === other.machine && one.pid === other.pid && one.started === other.started;
}
