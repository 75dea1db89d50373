import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Campaign, type RoundResult } from './campaign';
import { plantAll, tableOf } from './planted';
import { keep, record } from './page';
import { partNamed, partOf, planOf, platformsNamed, pointsNamed, type Round } from './plan';
import { platforms } from './points';
import { actionsNamed } from './load';
import { measureDrain, measureRecovery, startForRecovery } from './recovery';
import { lineOf, reportOf } from './report';
import { FailureStack } from './stack';
import { root } from '../../tools/src/stack/paths';
import { endsOf, failuresOf } from './verdict';

const usage = `usage: npm run test:failures -- [--points all|<name,name>] [--seeds <n>] [--kills <n>] [--mishaps <n>]
                              [--first-seed <n>] [--seed <n>] [--minutes <n>] [--out <file.json>] [--keep]
                              [--without <action,action>] [--only <mishap,mishap>] [--stop-at-first]
                              [--part <i/n>] [--record]
  --points    failpoints at which processes die (docs/reference/failpoints.md)   default all
  --seeds     how often each of them                                             default 1
  --kills     kill -9 at random times                                            default 10
  --mishaps   how often each of the others: database, broker, hypervisor, …      default 1
  --seed      only the round of this seed, as it was printed
  --part      only the rounds of this part: the parts 1/5 to 5/5 are together the whole campaign
  --record    keep the result in docs/reference/failures and show all parts that are kept in docs/reference/failures.md
  --minutes   begin no further round after so long
  --without   what nobody asks for, such as resize,snapshot
  --only      only these of the others, such as zombie,broker-disk
  --stop-at-first   end with the first round that found something
  --platforms   whose sites are asked, and whose provisioners die                default vsphere,proxmox,hyperv
  --settle    how many seconds to wait for quiet before a round is judged       default 60
  --planted   all|<name,name>: plant these bugs and tell who notices
  --recovery  how long until a create succeeds again after each kind of death, and what a drain does, as JSON
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
      part: { type: 'string', default: '1/1' },
      record: { type: 'boolean', default: false },
      out: { type: 'string' },
      without: { type: 'string', default: '' },
      only: { type: 'string', default: '' },
      settle: { type: 'string', default: '60' },
      planted: { type: 'string' },
      platforms: { type: 'string', default: platforms.join() },
      recovery: { type: 'boolean', default: false },
      'stop-at-first': { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  for (const name of ['seeds', 'kills', 'mishaps', 'first-seed', 'minutes', 'seed', 'settle'] as const) {
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
    only: values.only.split(',').filter((name) => name !== ''),
    firstSeed: Number(values['first-seed']),
    platforms: platformsNamed(values.platforms),
  });
  if (values.seed === undefined) return partOf(rounds, partNamed(values.part));
  const wanted = rounds.filter(({ seed }) => seed === Number(values.seed));
  if (wanted.length === 0)
    throw new Error(`--seed ${values.seed}: no round of this campaign has it; use its options too`);
  return wanted;
}

const commitHere = (): string =>
  spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).stdout.trim();

interface Limits {
  readonly untilMs: number;
  readonly stopAtFirst: boolean;
}

async function runAll(campaign: Campaign, rounds: readonly Round[], limits: Limits): Promise<RoundResult[]> {
  const results: RoundResult[] = [];
  for (const { seed, mishap } of rounds) {
    if (performance.now() > limits.untilMs) break;
    const result = await campaign.round(seed, mishap);
    results.push(result);
    console.log(lineOf(result));
    if (limits.stopAtFirst && result.violations.length > 0) break;
  }
  return results;
}

async function main(args: readonly string[]): Promise<number> {
  const values = parse(args);
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (values.planted !== undefined) return planted(values.planted);
  return values.recovery ? recovery() : campaign(values);
}

/** @returns 0 when everything was back within its limit. */
async function recovery(): Promise<number> {
  const stack = await startForRecovery();
  try {
    const times = await measureRecovery(stack);
    const drain = await measureDrain(stack);
    console.log(JSON.stringify({ at: new Date().toISOString(), load: loadavg(), times, drain }, null, 2));
    return [...times, drain].every(({ tookMs, limitMs }) => tookMs <= limitMs) && drain.failed === 0 ? 0 : 1;
  } finally {
    await stack.stop(false);
  }
}

/** @returns 0 when every planted bug was noticed. */
function planted(names: string): number {
  const results = plantAll(names === 'all' ? [] : names.split(','));
  console.log(tableOf(results));
  return results.every(({ caughtBy }) => caughtBy !== null) ? 0 : 1;
}

async function campaign(values: Values): Promise<number> {
  const rounds = roundsOf(values);
  const startedAt = performance.now();
  // As the build is now: the sources may change while it goes on.
  const commit = commitHere();
  console.log(`${rounds.length} rounds; the stack starts …`);
  const stack = await FailureStack.start({ platforms: platformsNamed(values.platforms) });
  const campaign = new Campaign(stack, {
    without: actionsNamed(values.without),
    settleMs: Number(values.settle) * 1000,
  });
  let isBad = true;
  try {
    console.log(`ready after ${Math.round(performance.now() - startedAt)} ms; logs are in ${stack.logs}`);
    const results = await runAll(campaign, rounds, {
      untilMs: startedAt + Number(values.minutes) * 60_000,
      stopAtFirst: values['stop-at-first'],
    });
    const { databaseUrl } = stack.file;
    const [operations, failures] = await Promise.all([endsOf(databaseUrl), failuresOf(databaseUrl)]);
    const report = reportOf(results, { commit, operations, failures, tookMs: performance.now() - startedAt });
    const text = JSON.stringify(report, null, 2);
    if (values.out !== undefined) writeFileSync(values.out, `${text}\n`);
    console.log(text);
    if (values.record) {
      keep(report, values.part);
      await record();
    }
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
