import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { format } from 'prettier';
import type { Machine, Versions } from './harness/machine';
import type { Line } from './stack';

const root = resolve(__dirname, '..', '..');
const readme = join(root, 'README.md');
const begin = '<!-- bench: npm run bench -- table writes what stands between these marks -->';
const end = '<!-- bench: end -->';

interface Result {
  readonly bench: string;
  readonly at: string;
  readonly machine: Machine;
  readonly load: { readonly before: number; readonly after: number };
  readonly versions: Versions;
  readonly lines?: readonly Line[];
}

const results = (): Result[] => {
  const folder = join(root, 'bench', 'results');
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Result);
};

const verdicts = new Map([
  [true, 'yes'],
  [false, '**no**'],
]);

const row = ({ bench, at, load, versions }: Result, { figure, measured, wanted, holds }: Line): string => {
  const verdict = holds === null ? '' : (verdicts.get(holds) ?? '');
  const when = `${at.slice(0, 10)}, ${versions.commit}, load ${load.before}`;
  return `| \`${bench}\` | ${figure} | ${measured} | ${wanted ?? ''} | ${verdict} | ${when} |`;
};

function tableOf(all: readonly Result[]): string {
  const [first] = all;
  if (first === undefined) throw new Error('there is no result yet: run a bench first');
  const { machine, versions } = first;
  const head = '| bench | figure | last run | wanted | holds | when |\n|---|---|---|---|---|---|';
  const rows = all.flatMap((one) => (one.lines ?? []).map((line) => row(one, line)));
  const where = `${machine.cores} cores (${machine.model}), ${machine.memoryGib} GiB, Node ${versions.node}`;
  return `${head}\n${rows.join('\n')}\n\nMeasured on ${where}; everything that a figure needs runs on these cores, the load too.`;
}

/** Writes the last results into the README. */
async function main(): Promise<void> {
  const text = readFileSync(readme, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${readme} has no place for the table`);
  const table = await format(tableOf(results()), { parser: 'markdown' });
  writeFileSync(readme, `${text.slice(0, from + begin.length)}\n\n${table}\n${text.slice(to)}`);
}

void main();
