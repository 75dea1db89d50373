import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Campaign, type RoundResult } from './campaign';
import { planOf, pointsNamed, type Round } from './plan';
import { actionsNamed } from './load';
import { lineOf, reportOf } from './report';
import { FailureStack } from './stack';
import { endsOf } from './verdict';

const usage = `usage: npm run test:failures -- [--points all|<name,name>] [--seeds <n>] [--kills <n>] [--mishaps <n>]
                              [--first-seed <n>] [--seed <n>] [--minutes <n>] [--out <file.json>] [--keep]
                              [--without <action,action>]
  --points    failpoints at which processes die (docs/reference/failpoints.md)   default all
  --seeds     how often each of them                                             default 1
  --kills     kill -9 at random times                                            default 10
  --mishaps   how often each of the others: database, broker, hypervisor, …      default 1
  --seed      only the round of this seed, as it was printed
  --minutes   begin no further round after so long
  --without   what nobody asks for, such as resize,snapshot
  --keep      keep the folder with the logs`;

function parse(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      points: { type: 'string', default: 'all' },
      seeds: { type: 'string', default: '1' },
      kills: { type: 'string', default: '10' },
      mishaps: { type: 'string', default: '1' },
      'first-seed': { type: 'string', default: '1' },
      seed: { type: 'string' },
      minutes: { type: 'string', default: '1000' },
      out: { type: 'string' },
      without: { type: 'string', default: '' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  for (const name of ['seeds', 'kills', 'mishaps', 'first-seed', 'minutes', 'seed'] as const) {
    const text = values[name];
    if (text !== undefined && !/^\d+$/.test(text)) {
      throw new Error(`--${name} ${text}: write a whole number\n${usage}`);
    }
  }
  return values;
}

type Values = ReturnType<typeof parse>;

function roundsOf(values: Values): Round[] {
  const rounds = planOf({
    points: pointsNamed(values.points),
    seeds: Number(values.seeds),
    kills: Number(values.kills),
    mishaps: Number(values.mishaps),
    firstSeed: Number(values['first-seed']),
  });
  if (values.seed === undefined) return rounds;
  const wanted = rounds.filter(({ seed }) => seed === Number(values.seed));
  if (wanted.length === 0)
    throw new Error(`--seed ${values.seed}: no round of this campaign has it; use its options too`);
  return wanted;
}

async function runAll(campaign: Campaign, rounds: readonly Round[], untilMs: number): Promise<RoundResult[]> {
  const results: RoundResult[] = [];
  for (const { seed, mishap } of rounds) {
    if (performance.now() > untilMs) break;
    const result = await campaign.round(seed, mishap);
    results.push(result);
    console.log(lineOf(result));
  }
  return results;
}

async function main(args: readonly string[]): Promise<number> {
  const values = parse(args);
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const rounds = roundsOf(values);
  const startedAt = performance.now();
  console.log(`${rounds.length} rounds; the stack starts …`);
  const stack = await FailureStack.start();
  const campaign = new Campaign(stack, actionsNamed(values.without));
  let isBad = true;
  try {
    console.log(`ready after ${Math.round(performance.now() - startedAt)} ms; logs are in ${stack.logs}`);
    const results = await runAll(campaign, rounds, startedAt + Number(values.minutes) * 60_000);
    const report = reportOf(results, await endsOf(stack.file.databaseUrl), performance.now() - startedAt);
    const text = JSON.stringify(report, null, 2);
    if (values.out !== undefined) writeFileSync(values.out, `${text}\n`);
    console.log(text);
    isBad = report.violations > 0 || results.length === 0;
    return isBad ? 1 : 0;
  } finally {
    campaign.close();
    await stack.stop(values.keep || isBad);
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(2);
  },
);
