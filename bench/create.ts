import { Child } from './harness/child';
import { vcsimPids } from './harness/cpu';
import { backlogSql, Database } from './harness/database';
import { median, round } from './harness/numbers';
import { metered, newProject, watchedOf } from './harness/product';
import type { RawOrder, RawSite } from './harness/raw.process';
import { call, report, withStack, type BenchStack, type Line } from './stack';

const concurrency = 8;
const image = process.env['VCSIM_TEMPLATE'] ?? 'debian-12-template';

interface Scenario {
  readonly name: string;
  readonly cloneDelayMs: number;
  /** VMs of each round and side. */
  readonly count: number;
  readonly rounds: number;
  readonly wanted: number;
}

const scenarios: readonly Scenario[] = [
  { name: 'withDelay', cloneDelayMs: 1_500, count: 48, rounds: 2, wanted: 0.9 },
  { name: 'withoutDelay', cloneDelayMs: 0, count: 120, rounds: 3, wanted: 0.5 },
];

/** Both sides have run as much code so often that it is compiled. */
const warmUp = 80;
const warmUpDelayed = 16;

/** Whether all is done, from what indices hold: looking often must not cost what is measured. */
const underWay = `SELECT (SELECT count(*) FROM gateway.request WHERE status = 'pending')
  + (SELECT count(*) FROM approvals.operation WHERE wake_at IS NOT NULL) AS left`;

interface Round {
  readonly productSeconds: number;
  readonly rawSeconds: number;
  readonly ratio: number;
}

interface Result {
  readonly ratio: number;
  readonly productPerSecond: number;
  readonly rawPerSecond: number;
  /** Of the product's way, by process. */
  readonly cpuMsPerVm: Record<string, number>;
  /** Of the adapter alone: what is not to be had for less, and so bounds the ratio on a machine that both keep busy. */
  readonly rawCpuMsPerVm: Record<string, number>;
  readonly rounds: Round[];
}

/** @returns the seconds from the first request until the last VM stands. @throws Error when one did not succeed. */
async function throughProduct(stack: BenchStack, database: Database, name: string, count: number): Promise<number> {
  const projectId = await newProject(stack, name);
  const startedAt = performance.now();
  const asked = Array.from({ length: count }, (_, n) =>
    call(stack, 'POST', '/v1/vms', { projectId, name: `${name}-${n}`, image: 'debian-12', size: 'small' }),
  );
  await Promise.all(asked);
  await database.untilZero(underWay);
  const seconds = (performance.now() - startedAt) / 1000;
  const made = `SELECT count(*) FROM approvals.operation WHERE doc ->> 'projectId' = $1 AND state = 'succeeded'`;
  if ((await database.number(made, [projectId])) !== count) throw new Error('not every VM was made');
  return seconds;
}

const siteOf = (stack: BenchStack): RawSite => {
  const [name, site] = Object.entries(stack.sites)[0] ?? [];
  if (name === undefined || site === undefined) throw new Error('there is no demo site');
  return { name, url: site.url, username: site.username, password: site.password, ca: site.ca };
};

/** The product and the raw adapter in turn, at the same concurrency on the same site. */
async function measure(stack: BenchStack, { name, count, rounds, cloneDelayMs }: Scenario): Promise<Result> {
  const database = await Database.open(stack.databaseUrl);
  const raw = Child.start('raw.process');
  const order: RawOrder = { site: siteOf(stack), image, count, concurrency };
  const done: Round[] = [];
  const cpu: Record<string, number>[] = [];
  const rawCpu: Record<string, number>[] = [];
  try {
    const first = cloneDelayMs === 0 ? warmUp : warmUpDelayed;
    await throughProduct(stack, database, `${name}-warm`.toLowerCase(), first);
    await raw.ask<number>({ ...order, count: first });
    const watched = await watchedOf(stack, { simulator: vcsimPids() });
    const watchedRaw = { pids: { adapter: [raw.pid], simulator: vcsimPids() } };
    for (let n = 0; n < rounds; n += 1) {
      const { value: productSeconds, cpuMs } = await metered(watched, () =>
        throughProduct(stack, database, `${name}-${n}`.toLowerCase(), count),
      );
      cpu.push(cpuMs);
      await database.untilZero(backlogSql);
      const { value: rawSeconds, cpuMs: rawCpuMs } = await metered(watchedRaw, () => raw.ask<number>(order));
      rawCpu.push(rawCpuMs);
      done.push({
        productSeconds: round(productSeconds),
        rawSeconds: round(rawSeconds),
        ratio: round(rawSeconds / productSeconds),
      });
    }
  } finally {
    await raw.stop();
    await database.close();
  }
  const perVm = (all: readonly Record<string, number>[]): Record<string, number> =>
    Object.fromEntries(
      Object.keys(all[0] ?? {}).map((part) => [part, round(median(all.map((one) => one[part] ?? 0)) / count, 2)]),
    );
  return {
    ratio: round(median(done.map((one) => one.ratio))),
    productPerSecond: round(count / median(done.map((one) => one.productSeconds)), 1),
    rawPerSecond: round(count / median(done.map((one) => one.rawSeconds)), 1),
    cpuMsPerVm: perVm(cpu),
    rawCpuMsPerVm: perVm(rawCpu),
    rounds: done,
  };
}

const lineOf = ({ cloneDelayMs, wanted }: Scenario, { ratio, productPerSecond, rawPerSecond }: Result): Line => ({
  figure: `VMs per second end to end against the raw adapter in a loop, ${concurrency} at a time, clone delay ${cloneDelayMs / 1000} s`,
  measured: `${ratio} × (${productPerSecond} against ${rawPerSecond})`,
  wanted: `≥ ${wanted} ×`,
  holds: ratio >= wanted,
});

async function main(): Promise<void> {
  const results: Record<string, Result> = {};
  const lines: Line[] = [];
  for (const scenario of scenarios) {
    // Every one of those at a time may clone, on both sides: a lower cap of the site would hide how long each side takes.
    const env = {
      DCM_DEMO_CLONES_PER_HOST: String(concurrency),
      ...(scenario.cloneDelayMs > 0 && { DCM_DEMO_CLONE_DELAY_MS: String(scenario.cloneDelayMs) }),
    };
    const result = await withStack([], env, (stack) => measure(stack, scenario));
    results[scenario.name] = result;
    lines.push(lineOf(scenario, result));
  }
  report('create', results, lines);
}

void main();
