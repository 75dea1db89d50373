import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** The outcome of one stage of `npm test`. */
export interface StageReport {
  readonly passed: number;
  readonly failed: number;
  /** Titles of what was skipped. */
  readonly skipped: readonly string[];
  readonly failures: readonly string[];
}

interface JestAssertion {
  readonly fullName: string;
  readonly status: string;
}

interface JestResult {
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly JestAssertion[];
  }[];
}

/** Reads what jest wrote with `--json`. A suite that could not even run counts as one failure. */
export function readJestReport(file: string, root: string): StageReport {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: [], failures: ['jest wrote no report'] };
  const result = JSON.parse(readFileSync(file, 'utf8')) as JestResult;
  const rows = result.testResults.flatMap((suite) =>
    suite.assertionResults.map((row) => ({ ...row, file: relative(root, suite.name) })),
  );
  const broken = result.testResults.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0);
  const titles = (statuses: readonly string[]): string[] =>
    rows.filter((row) => statuses.includes(row.status)).map((row) => `${row.file}: ${row.fullName}`);
  const failures = [...titles(['failed']), ...broken.map((suite) => `${relative(root, suite.name)}: did not run`)];
  return {
    passed: rows.filter((row) => row.status === 'passed').length,
    failed: failures.length,
    skipped: titles(['pending', 'skipped', 'todo', 'disabled']),
    failures,
  };
}

export function total(reports: readonly StageReport[]): StageReport {
  return {
    passed: reports.reduce((sum, one) => sum + one.passed, 0),
    failed: reports.reduce((sum, one) => sum + one.failed, 0),
    skipped: reports.flatMap((one) => one.skipped),
    failures: reports.flatMap((one) => one.failures),
  };
}
