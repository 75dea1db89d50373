import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { StackFile } from '../../tools/src/stack/stack.file';
import { stackFile } from '../../tools/src/stack/paths';
import { isViolated, lineOf } from './invariant';
import { Invariants } from './invariants';

const usage = `usage: npm run invariants -- [--settle <seconds>] [--dead-letters <count>] [--no-hypervisor]
                            [--stack <stack.json> | --database <url>]`;

const milliseconds = (variable: string, fallback: number): number => Number(process.env[variable] ?? fallback);

function parse(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      settle: { type: 'string', default: '60' },
      'dead-letters': { type: 'string', default: '0' },
      'no-hypervisor': { type: 'boolean', default: false },
      stack: { type: 'string', default: stackFile() },
      database: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  for (const name of ['settle', 'dead-letters'] as const) {
    if (!/^\d+$/.test(values[name])) throw new Error(`--${name} ${values[name]}: write a whole number\n${usage}`);
  }
  return values;
}

function stackOf(file: string, database: string | undefined): Pick<StackFile, 'databaseUrl' | 'sites'> {
  if (database !== undefined) return { databaseUrl: database, sites: {} };
  if (!existsSync(file)) throw new Error(`Unable to check: there is no ${file}; is DCM running? (npm start)\n${usage}`);
  return JSON.parse(readFileSync(file, 'utf8')) as StackFile;
}

async function main(args: readonly string[]): Promise<number> {
  const values = parse(args);
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { databaseUrl, sites } = stackOf(values.stack, values.database);
  const invariants = new Invariants({
    databaseUrl,
    sites: values['no-hypervisor'] ? {} : sites,
    settleMs: Number(values.settle) * 1000,
    expected: {
      deadLetters: Number(values['dead-letters']),
      deadlineSlackMs: milliseconds('DCM_LEASE_MS', 45_000) + milliseconds('DCM_CALL_TIMEOUT_MS', 60_000) + 10_000,
    },
  });
  try {
    const { findings, unsettled, settledAfterMs } = await invariants.judge();
    for (const finding of findings) console.log(lineOf(finding));
    if (unsettled !== undefined) console.log(`not quiet after ${settledAfterMs} ms: ${JSON.stringify(unsettled)}`);
    return findings.some(isViolated) ? 1 : 0;
  } finally {
    invariants.close();
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  },
);
