import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { BareRows } from './harness/bare.rows';
import { IntakeRoom } from './harness/intake.room';
import { median, round, spreadOf, type Spread } from './harness/numbers';
import { report, type Line } from './stack';

const tenants = 50;
const rounds = 3;
const roundMs = 3_000;
/** As many as approvals takes from its queue at a time. */
const atOnce = 128;
const offered = { perSecond: 400, seconds: 8 };
const wanted = { perSecond: 800, hotPerSecond: 300, p99Ms: 50 };

const serverUrl = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** Runs work in a database of its own. */
async function withDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  const name = `dcm_bench_${randomBytes(6).toString('hex')}`;
  const server = new Client({ connectionString: serverUrl });
  await server.connect();
  try {
    await server.query(`CREATE DATABASE ${name}`);
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    return await work(url.href);
  } finally {
    await server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await server.end();
  }
}

/** As fast as they are answered, so many at a time. @returns how many per second */
async function closed(one: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  let done = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() - startedAt < roundMs) {
      await one();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return round((done * 1_000) / (performance.now() - startedAt), 0);
}

/** So many per second, whether the ones before are answered or not. @returns how long each took from its moment on */
async function open(one: () => Promise<void>, { perSecond, seconds }: typeof offered): Promise<Spread> {
  const startedAt = performance.now();
  const times: Promise<number>[] = [];
  while (times.length < perSecond * seconds) {
    const dueAt = startedAt + (times.length * 1_000) / perSecond;
    const early = dueAt - performance.now();
    if (early > 1) await sleep(early);
    times.push(one().then(() => performance.now() - dueAt));
  }
  return spreadOf(await Promise.all(times));
}

interface Measured {
  readonly perSecond: number;
  readonly barePerSecond: number;
  readonly ratio: number;
  readonly hotPerSecond: number;
  readonly atRate: Spread;
  readonly rounds: readonly { readonly product: number; readonly bare: number; readonly hot: number }[];
}

async function measure(url: string): Promise<Measured> {
  const room = await IntakeRoom.open(url);
  const homes = await room.furnish(tenants);
  const [first] = homes;
  if (first === undefined) throw new Error('there is no tenant');
  let turn = 0;
  const spread = (): Promise<void> => room.request(homes[(turn += 1) % homes.length] ?? first);
  const hot = (): Promise<void> => room.request(first);
  const warmUp = closed(spread);
  const bare = await BareRows.open(url);
  await warmUp;
  try {
    const done: { product: number; bare: number; hot: number }[] = [];
    for (let n = 0; n < rounds; n += 1) {
      done.push({ product: await closed(spread), bare: await closed(() => bare.insert()), hot: await closed(hot) });
    }
    await sleep(3_000);
    const perSecond = median(done.map((one) => one.product));
    const barePerSecond = median(done.map((one) => one.bare));
    return {
      perSecond,
      barePerSecond,
      ratio: round(median(done.map((one) => one.product / one.bare))),
      hotPerSecond: median(done.map((one) => one.hot)),
      atRate: await open(spread, offered),
      rounds: done,
    };
  } finally {
    await bare.close();
    await room.close();
  }
}

const linesOf = ({ perSecond, barePerSecond, ratio, hotPerSecond, atRate }: Measured): Line[] => [
  {
    figure: `requests that approvals accepts per second with quota, policy, journal and outbox, over ${tenants} tenants (bare insert of the same rows: ${barePerSecond}; ${ratio} ×)`,
    measured: `${perSecond}/s`,
    wanted: `≥ ${wanted.perSecond}/s`,
    holds: perSecond >= wanted.perSecond,
  },
  {
    figure: 'the same of one hot tenant',
    measured: `${hotPerSecond}/s`,
    wanted: `≥ ${wanted.hotPerSecond}/s`,
    holds: hotPerSecond >= wanted.hotPerSecond,
  },
  {
    figure: `time until such a request is committed, at an offered ${offered.perSecond}/s`,
    measured: `p50 ${atRate.p50Ms} ms, p99 ${atRate.p99Ms} ms`,
    wanted: `p99 ≤ ${wanted.p99Ms} ms`,
    holds: atRate.p99Ms <= wanted.p99Ms,
  },
];

void withDatabase(measure).then((figures) => {
  report('intake', figures, linesOf(figures));
  process.exit(0);
});
