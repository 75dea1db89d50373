import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildVcsim, VcsimUnavailable } from '../../sims/vcsim/vcsim';
import { ending } from './services/ending';
import { root } from './stack/paths';
import { readJestReport, total, type StageReport } from './test/report';
import { startTestServices } from './test/services';

interface Stage {
  readonly name: string;
  readonly args: readonly string[];
  /** Whether jest runs it and writes a report; otherwise the exit code is one pass or one failure. */
  readonly isJest: boolean;
}

const bin = (name: string, path: string): string => join(root, 'node_modules', name, path);

/** Takes as long as the other checks together, and one core: it runs beside them. */
const lint: Stage = {
  name: 'lint',
  args: [bin('eslint', 'bin/eslint.js'), '.', '--max-warnings', '0'],
  isJest: false,
};

const quickChecks: readonly Stage[] = [
  { name: 'types', args: [bin('typescript', 'bin/tsc'), '--noEmit', '-p', 'tsconfig.json'], isJest: false },
  {
    name: 'boundaries',
    args: [
      bin('dependency-cruiser', 'bin/dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      'apps',
      'libs',
      'tools',
      'sims',
      'e2e',
      'bench',
    ],
    isJest: false,
  },
  { name: 'format', args: [bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'], isJest: false },
];

const jestStage = (name: string, project: string, args: readonly string[] = []): Stage => ({
  name,
  args: [bin('jest', 'bin/jest.js'), '--selectProjects', project, '--forceExit', ...args],
  isJest: true,
});

/** Rooms whose specs wait for databases more than they compute: two at a time. What measures time or plays hypervisors runs alone. */
const patient = 'apps/(gateway|approvals)/';

const tests: readonly Stage[] = [
  jestStage('unit', 'unit', ['--maxWorkers', '2']),
  jestStage('integration-rooms', 'integration', ['--maxWorkers', '2', '--testPathPatterns', patient]),
  jestStage('integration', 'integration', ['--runInBand', '--testPathPatterns', `^(?!.*${patient})`]),
  jestStage('e2e', 'e2e', ['--runInBand']),
];

const stages: readonly Stage[] = [lint, ...quickChecks, ...tests];

/** Whether this process was told to end: then no further stage begins. */
let isEnding = false;

/** Runs a program to its end. It has a process group of its own: when this process is told to end, all that it started is told so too. */
async function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  stdout: 'ignore' | 'inherit',
): Promise<number | null> {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', stdout, 'inherit'], detached: true });
  const over = once(child, 'exit');
  const takeBack = ending.before(async () => {
    isEnding = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await over;
  });
  await over;
  takeBack();
  return child.exitCode;
}

async function runStage(stage: Stage, env: NodeJS.ProcessEnv, reports: string): Promise<StageReport> {
  const report = join(reports, `${stage.name}.json`);
  const args = stage.isJest ? [...stage.args, '--json', '--outputFile', report] : stage.args;
  const startedAt = performance.now();
  console.log(`\n== ${stage.name}`);
  const status = await run(args, env, stage.isJest ? 'ignore' : 'inherit');
  console.log(
    `== ${stage.name}: ${status === 0 ? 'ok' : 'FAILED'} after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
  );
  if (stage.isJest) {
    const read = readJestReport(report, root);
    return status === 0 || read.failed > 0
      ? read
      : { ...read, failed: 1, failures: [`${stage.name}: jest ended with ${String(status)}`] };
  }
  return {
    passed: status === 0 ? 1 : 0,
    failed: status === 0 ? 0 : 1,
    skipped: [],
    failures: status === 0 ? [] : [stage.name],
  };
}

async function runInOrder(chosen: readonly Stage[], env: NodeJS.ProcessEnv, reports: string): Promise<StageReport[]> {
  const done: StageReport[] = [];
  for (const stage of chosen) if (!isEnding) done.push(await runStage(stage, env, reports));
  return done;
}

async function missingSimulator(): Promise<string[]> {
  if ((process.env['VCSIM_URL'] ?? '') !== '') return [];
  try {
    await buildVcsim();
    return [];
  } catch (error) {
    if (error instanceof VcsimUnavailable) return [`no vSphere simulator: ${error.message}`];
    throw error;
  }
}

function close(result: StageReport, missing: readonly string[]): number {
  const isRequired = process.env['DCM_TEST_REQUIRE'] === 'all';
  const gaps = [...missing, ...result.skipped.map((title) => `skipped: ${title}`)];
  if (gaps.length > 0) console.log(`\nCould not run:\n${gaps.map((gap) => `  ${gap}`).join('\n')}`);
  const refused = isRequired ? gaps.length : 0;
  if (result.failures.length > 0) console.log(`\nFailed:\n${result.failures.map((title) => `  ${title}`).join('\n')}`);
  if (refused > 0) console.log('\nDCM_TEST_REQUIRE=all: what could not run counts as failed.');
  console.log(
    `\n${result.passed} passed, ${result.failed + refused} failed, ${isRequired ? 0 : result.skipped.length} skipped`,
  );
  return result.failed + refused === 0 ? 0 : 1;
}

/** `npm test [stage …]`: checks, unit, integration and end to end, on services of its own; names what could not run. */
async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.find((name) => !stages.some((stage) => stage.name === name));
  if (unknown !== undefined)
    throw new Error(`There is no stage ${unknown}; there are ${stages.map((stage) => stage.name).join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'dcm-test-'));
  mkdirSync(join(folder, 'reports'));
  const services = await startTestServices(folder);
  let over: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (over ??= services.stop().finally(() => {
      rmSync(folder, { recursive: true, force: true });
    }));
  const takeBack = ending.before(stop);
  try {
    const missing = [...services.missing, ...(await missingSimulator())];
    const env = { ...process.env, ...services.env };
    const perform = (some: readonly Stage[]): Promise<StageReport[]> => {
      const chosen = some.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
      return runInOrder(chosen, env, join(folder, 'reports'));
    };
    const checked = await Promise.all([perform([lint]), perform(quickChecks)]);
    const tested = await perform(tests);
    return isEnding ? 143 : close(total([...checked.flat(), ...tested]), missing);
  } finally {
    await stop();
    takeBack();
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
