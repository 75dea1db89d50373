import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PlatformDescription } from '@dcm/contracts';
import type { BehaviourResult } from './behaviour';

/** One run of the suite: what the support matrix is generated from. */
export interface ConformanceReport {
  readonly name: string;
  readonly description: PlatformDescription | null;
  /** The target's declared gaps with their reasons. */
  readonly limits: Readonly<Record<string, string>>;
  readonly startedAt: string;
  readonly results: readonly BehaviourResult[];
}

/** Writes the report to `out`: a file when it ends in `.json`, else `<name>.json` in that folder. */
export function writeReport(report: ConformanceReport, out: string): string {
  const file = out.endsWith('.json') ? out : join(out, `${report.name}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  return file;
}

/** `vsphere: 21 passed, 2 skipped, 0 failed` and one line for each that did not pass. */
export function summaryOf({ name, results }: Pick<ConformanceReport, 'name' | 'results'>): string {
  const count = (outcome: BehaviourResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  const lines = results.flatMap((result) => {
    if (result.outcome === 'passed') return [];
    return [`  ${result.outcome}: ${result.title} (${result.outcome === 'skipped' ? result.reason : result.error})`];
  });
  return [`${name}: ${count('passed')} passed, ${count('skipped')} skipped, ${count('failed')} failed`, ...lines].join(
    '\n',
  );
}
