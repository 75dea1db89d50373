import { cpus, totalmem } from 'node:os';
import type { RoundResult } from './campaign';

export interface CampaignReport {
  readonly at: string;
  readonly machine: { readonly cpus: number; readonly memoryGib: number; readonly node: string };
  readonly rounds: number;
  readonly kills: number;
  readonly firedAt: Readonly<Record<string, number>>;
  readonly accepted: number;
  readonly repeated: number;
  readonly cancels: number;
  readonly operations: Readonly<Record<string, number>>;
  readonly violations: number;
  readonly failedSeeds: readonly {
    readonly seed: number;
    readonly what: string;
    readonly violations: readonly string[];
  }[];
  readonly slowestSettleMs: number;
  readonly tookS: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

export function reportOf(
  results: readonly RoundResult[],
  operations: Readonly<Record<string, number>>,
  tookMs: number,
): CampaignReport {
  const fired = new Map<string, number>();
  for (const name of results.flatMap((one) => one.fired)) fired.set(name, (fired.get(name) ?? 0) + 1);
  const bad = results.filter(({ violations }) => violations.length > 0);
  return {
    at: new Date().toISOString(),
    machine: { cpus: cpus().length, memoryGib: Math.round(totalmem() / 2 ** 30), node: process.version },
    rounds: results.length,
    kills: sum(results.map(({ kills }) => kills)),
    firedAt: Object.fromEntries([...fired].sort(([a], [b]) => a.localeCompare(b))),
    accepted: sum(results.map(({ counts }) => counts.accepted)),
    repeated: sum(results.map(({ counts }) => counts.repeated)),
    cancels: sum(results.map(({ counts }) => counts.cancels)),
    operations,
    violations: sum(bad.map(({ violations }) => violations.length)),
    failedSeeds: bad.map(({ seed, what, violations }) => ({ seed, what, violations })),
    slowestSettleMs: Math.max(0, ...results.map(({ settledAfterMs }) => settledAfterMs)),
    tookS: Math.round(tookMs / 1000),
  };
}

/** One line per round, while it goes on. */
export function lineOf({ seed, what, kills, fired, counts, violations, settledAfterMs, tookMs }: RoundResult): string {
  const verdict = violations.length === 0 ? 'ok ' : 'BAD';
  const figures = `${kills} kills, ${fired.length} at points, ${counts.accepted} accepted, quiet after ${settledAfterMs} ms of ${tookMs}`;
  return [`${verdict} seed ${seed}: ${what} (${figures})`, ...violations].join('\n      ');
}
