import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { root } from '../../tools/src/stack/paths';
import { merged, total, type CampaignReport, type Counts } from './report';

const folder = join(root, 'docs', 'reference', 'failures');
const page = join(root, 'docs', 'reference', 'failures.md');
const begin = '<!-- campaign: npm run test:failures -- --record writes what stands between these marks -->';
const end = '<!-- campaign: end -->';
/** The rounds in which processes die at failpoints, and at random times. */
const atPoints = 'deaths';
const atRandom = 'kills';
const often = 20;

const list = (counts: Counts): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

const rows = (report: CampaignReport): (readonly [string, string])[] => {
  const { rounds, kills, firedAt, troubled, accepted, repeated, cancels, operations, failures } = report;
  const ripe = Object.values(firedAt).filter((count) => count >= often).length;
  return [
    ['rounds', `${total(rounds)}: ${list(rounds)}`],
    ['processes killed', `${total(kills)}, of them ${total(firedAt)} at failpoints, ${kills[atRandom] ?? 0} at random`],
    [`failpoints at which a process died ${often} times or more`, `${ripe} of ${Object.keys(firedAt).length}`],
    ['calls and connections to hypervisors that went wrong on the way', list(troubled)],
    ['accepted requests', `${accepted}; ${repeated} had to be sent again, ${cancels} were cancelled`],
    ['operations by end', list(operations)],
    ['why operations failed', list(failures)],
    ['invariants violated', String(report.violations)],
    ['longest until all was quiet', `${report.slowestSettleMs} ms`],
    ['time, load, commit', `${Math.round(report.tookS / 60)} min, load ${report.load.join(', ')}, ${report.commit}`],
  ];
};

/** What the page says of a campaign. */
export function tableOf(report: CampaignReport): string {
  const violations = report.failedSeeds.map(
    ({ seed, what, violations: found }) => `- seed ${seed}, ${what}: ${found.join('; ')}`,
  );
  return [
    '| | |\n|---|---|',
    ...rows(report).map(([what, figure]) => `| ${what} | ${figure} |`),
    '',
    `Deaths by failpoint: ${list(report.firedAt)}.`,
    ...(report.rounds[atPoints] === undefined ? ['', 'No round with failpoints was run.'] : []),
    ...(violations.length === 0 ? [] : ['', 'Violations:', '', ...violations]),
  ].join('\n');
}

/** Keeps a part, to be merged with the others. @param part such as `2/5`; a whole campaign is `1/1` */
export function keep(report: CampaignReport, part: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `part-${part.replace('/', '-of-')}.json`), `${JSON.stringify(report, null, 2)}\n`);
}

/** Merges the parts that are kept, and writes what they say into the page. @throws Error when there is none */
export async function record(): Promise<CampaignReport> {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /^part-.*\.json$/.test(file)) : [];
  const report = merged(files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as CampaignReport));
  const text = readFileSync(page, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${page} has no place for the campaign`);
  const table = await format(tableOf(report), { parser: 'markdown', printWidth: 140, proseWrap: 'preserve' });
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${table}\n${text.slice(to)}`);
  return report;
}
