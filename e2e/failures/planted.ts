import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { root } from '../../tools/src/stack/paths';
import { total, type CampaignReport } from './report';

/** A defect that is planted on purpose, and what must notice it. */
interface PlantedBug {
  readonly name: string;
  readonly title: string;
  /** Arguments of a campaign, or `jest <project> <pattern>`. */
  readonly run: string;
  readonly patch: string;
  readonly files: readonly string[];
}

/** Who noticed it, if anybody did. */
export interface BugResult {
  readonly name: string;
  readonly title: string;
  readonly run: string;
  readonly caughtBy: string | null;
  readonly kills: number | null;
  readonly rounds: number | null;
}

const patches = join(root, 'e2e', 'failures', 'planted');
const minutes = 6;

function read(file: string): PlantedBug {
  const text = readFileSync(join(patches, file), 'utf8');
  const field = (name: string): string => new RegExp(`^${name}: (.+)$`, 'm').exec(text)?.[1] ?? '';
  const patch = text.slice(text.indexOf('--- a/'));
  const files = [...patch.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, path = '']) => path);
  return { name: file.replace('.patch', ''), title: field('title'), run: field('run'), patch, files };
}

/** @throws Error when the patch does not fit the sources any more. */
function patched({ name, patch, files }: PlantedBug, folder: string): void {
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  const result = spawnSync('git', ['apply', '--unidiff-zero', '-'], { cwd: folder, input: patch, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`planted bug ${name} does not fit the sources any more: ${result.stderr}`);
}

/** As the build does it: CommonJS, libraries by their place. */
function compile(source: string, file: string): string {
  const { outputText } = transpileModule(source, {
    fileName: file,
    compilerOptions: {
      module: ModuleKind.CommonJS,
      target: ScriptTarget.ES2023,
      esModuleInterop: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  const here = dirname(file);
  return outputText.replaceAll(/require\("@dcm\/([a-z-]+)"\)/g, (_whole, lib: string) => {
    const path = relative(here, join('libs', lib, 'src', 'index.js'));
    return `require("${path}")`;
  });
}

function link(folder: string, names: readonly string[]): void {
  for (const name of names) {
    if (!existsSync(join(folder, name))) symlinkSync(join(root, name), join(folder, name));
  }
}

function byCampaign(bug: PlantedBug, folder: string): Omit<BugResult, 'name' | 'title' | 'run'> {
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  const sources = join(folder, 'patched');
  mkdirSync(sources);
  patched(bug, sources);
  for (const file of bug.files) {
    const target = join(folder, 'dist', file.replace(/\.ts$/, '.js'));
    writeFileSync(target, compile(readFileSync(join(sources, file), 'utf8'), file));
  }
  link(folder, ['node_modules', 'e2e', 'sims', 'package.json']);
  const out = join(folder, 'report.json');
  const script = join(folder, 'dist', 'e2e', 'failures', 'main.js');
  const args = [
    script,
    ...bug.run.split(' '),
    '--without',
    'resize,snapshot',
    '--stop-at-first',
    '--minutes',
    String(minutes),
  ];
  const run = spawnSync(process.execPath, [...args, '--platforms', 'vsphere', '--settle', '20', '--out', out], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (!existsSync(out))
    throw new Error(`the campaign of planted bug ${bug.name} did not run: ${run.stdout}${run.stderr}`);
  const report = JSON.parse(readFileSync(out, 'utf8')) as CampaignReport;
  const [first] = report.failedSeeds;
  const caughtBy = first === undefined ? null : `${first.violations[0]?.slice(0, 160) ?? ''} (seed ${first.seed})`;
  return { caughtBy, kills: total(report.kills), rounds: total(report.rounds) };
}

function byJest(bug: PlantedBug, folder: string): Omit<BugResult, 'name' | 'title' | 'run'> {
  const [, project = '', pattern = ''] = bug.run.split(' ');
  for (const name of [
    'apps',
    'libs',
    'sims',
    'e2e',
    'tools',
    'jest.config.cjs',
    'tsconfig.json',
    'package.json',
    'docs',
  ]) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  patched(bug, folder);
  link(folder, ['node_modules']);
  const out = join(folder, 'jest.json');
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const args = [
    jest,
    '--selectProjects',
    project,
    '--runInBand',
    '--forceExit',
    '--json',
    '--outputFile',
    out,
    '--',
    pattern,
  ];
  spawnSync(process.execPath, args, { cwd: folder, stdio: 'ignore' });
  interface JestReport {
    numTotalTests: number;
    testResults: { name: string; assertionResults: { status: string; fullName: string }[] }[];
  }
  const report = JSON.parse(readFileSync(out, 'utf8')) as JestReport;
  if (report.numTotalTests === 0) throw new Error(`planted bug ${bug.name}: no test matches ${pattern}`);
  const failed = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => `${relative(folder, name)}: ${fullName}`),
  );
  return { caughtBy: failed[0] ?? null, kills: null, rounds: null };
}

const all = (): PlantedBug[] =>
  readdirSync(patches)
    .filter((file) => file.endsWith('.patch'))
    .map(read);

/** Names of the bugs whose patches do not fit the sources any more: they would prove nothing. */
export const misfits = (): string[] =>
  all()
    .filter(({ patch }) => {
      const check = ['apply', '--check', '--unidiff-zero', '-'];
      return spawnSync('git', check, { cwd: root, input: patch }).status !== 0;
    })
    .map(({ name }) => name);

/** Plants each bug in a copy of the product and tells who notices. */
export function plantAll(wanted: readonly string[]): BugResult[] {
  const bugs = all().filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  return bugs.map((bug) => {
    const { name, title, run } = bug;
    const folder = mkdtempSync(join(tmpdir(), 'dcm-planted-'));
    try {
      const result = { name, title, run, ...(run.startsWith('jest ') ? byJest(bug, folder) : byCampaign(bug, folder)) };
      console.log(`${result.caughtBy === null ? 'MISSED' : 'caught'} ${name}: ${result.caughtBy ?? title}`);
      return result;
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The rows of `docs/reference/planted-bugs.md`. */
export const tableOf = (results: readonly BugResult[]): string =>
  [
    '| bug | planted as | found by | kills | rounds |',
    '|---|---|---|---|---|',
    ...results.map(
      ({ name, title, caughtBy, kills, rounds }) =>
        `| ${cell(title)} | \`${name}\` | ${cell(caughtBy ?? '**nobody**')} | ${kills ?? '–'} | ${rounds ?? '–'} |`,
    ),
  ].join('\n');
