import { cpus, loadavg, totalmem } from 'node:os';
import type { RoundResult } from './campaign';

/** How often, by what. */
export type Counts = Readonly<Record<string, number>>;

/** What a campaign, or a part of one, has done and found. */
export interface CampaignReport {
  readonly at: string;
  readonly commit: string;
  readonly machine: { readonly cpus: number; readonly memoryGib: number; readonly node: string };
  /** Load average of a minute at the end: how busy the machine was. */
  readonly load: readonly number[];
  /** By mishap. */
  readonly rounds: Counts;
  /** Processes that died, by mishap. */
  readonly kills: Counts;
  /** Deaths at failpoints, by failpoint. */
  readonly firedAt: Counts;
  /** Calls and connections to the hypervisors that something went wrong with, by platform. */
  readonly troubled: Counts;
  readonly accepted: number;
  readonly repeated: number;
  readonly cancels: number;
  /** How operations ended, by kind and state. */
  readonly operations: Counts;
  /** Why operations failed, by kind and reason. */
  readonly failures: Counts;
  readonly violations: number;
  readonly failedSeeds: readonly {
    readonly seed: number;
    readonly what: string;
    readonly violations: readonly string[];
  }[];
  readonly slowestSettleMs: number;
  readonly tookS: number;
}

/** What the database says in the end, and on what it ran. */
export interface CampaignEnd {
  readonly commit: string;
  readonly operations: Counts;
  readonly failures: Counts;
  readonly tookMs: number;
}

export const total = (counts: Counts): number => Object.values(counts).reduce((sum, one) => sum + one, 0);

/** Adds what has the same name. */
export function added(all: readonly Counts[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [name, count] of all.flatMap((one) => Object.entries(one))) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries([...sums].sort(([a], [b]) => a.localeCompare(b)));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

export function reportOf(results: readonly RoundResult[], end: CampaignEnd): CampaignReport {
  const bad = results.filter(({ violations }) => violations.length > 0);
  return {
    at: new Date().toISOString(),
    commit: end.commit,
    machine: { cpus: cpus().length, memoryGib: Math.round(totalmem() / 2 ** 30), node: process.version },
    load: [Math.round((loadavg()[0] ?? 0) * 10) / 10],
    rounds: added(results.map(({ name }) => ({ [name]: 1 }))),
    kills: added(results.map(({ name, kills }) => ({ [name]: kills }))),
    firedAt: added(results.flatMap(({ fired }) => fired.map((name) => ({ [name]: 1 })))),
    troubled: added(results.map(({ troubled }) => troubled)),
    accepted: sum(results.map(({ counts }) => counts.accepted)),
    repeated: sum(results.map(({ counts }) => counts.repeated)),
    cancels: sum(results.map(({ counts }) => counts.cancels)),
    operations: end.operations,
    failures: end.failures,
    violations: sum(bad.map(({ violations }) => violations.length)),
    failedSeeds: bad.map(({ seed, what, violations }) => ({ seed, what, violations })),
    slowestSettleMs: Math.max(0, ...results.map(({ settledAfterMs }) => settledAfterMs)),
    tookS: Math.round(end.tookMs / 1000),
  };
}

/** Parts of one campaign as one. @throws Error when there is none */
export function merged(parts: readonly CampaignReport[]): CampaignReport {
  const last = [...parts].sort((a, b) => a.at.localeCompare(b.at)).at(-1);
  if (last === undefined) throw new Error('there is no part to merge');
  return {
    at: last.at,
    commit: [...new Set(parts.map(({ commit }) => commit))].join(', '),
    machine: last.machine,
    load: parts.flatMap(({ load }) => load),
    rounds: added(parts.map(({ rounds }) => rounds)),
    kills: added(parts.map(({ kills }) => kills)),
    firedAt: added(parts.map(({ firedAt }) => firedAt)),
    troubled: added(parts.map(({ troubled }) => troubled)),
    accepted: sum(parts.map(({ accepted }) => accepted)),
    repeated: sum(parts.map(({ repeated }) => repeated)),
    cancels: sum(parts.map(({ cancels }) => cancels)),
    operations: added(parts.map(({ operations }) => operations)),
    failures: added(parts.map(({ failures }) => failures)),
    violations: sum(parts.map(({ violations }) => violations)),
    failedSeeds: parts.flatMap(({ failedSeeds }) => failedSeeds),
    slowestSettleMs: Math.max(...parts.map(({ slowestSettleMs }) => slowestSettleMs)),
    tookS: sum(parts.map(({ tookS }) => tookS)),
  };
}

/** One line per round, while it goes on. */
export function lineOf({ seed, what, kills, fired, counts, violations, settledAfterMs, tookMs }: RoundResult): string {
  const verdict = violations.length === 0 ? 'ok ' : 'BAD';
  const figures = `${kills} kills, ${fired.length} at points, ${counts.accepted} accepted, quiet after ${settledAfterMs} ms of ${tookMs}`;
  return [`${verdict} seed ${seed}: ${what} (${figures})`, ...violations].join('\n      ');
}
