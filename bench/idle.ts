import { setTimeout as sleep } from 'node:timers/promises';
import { rssMb } from './harness/cpu';
import { Database } from './harness/database';
import { round } from './harness/numbers';
import { metered, watchedOf } from './harness/product';
import { report, withStack, type BenchStack, type Line } from './stack';

const settleMs = 20_000;
const seconds = Number(process.env['DCM_BENCH_IDLE_SECONDS'] ?? 60);
const wantedShare = 0.03;

const transactions = `SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()`;

/** The whole product with nothing to do: what its processes, and the database because of them, use all the same. */
async function measure(stack: BenchStack): Promise<{ figures: unknown; lines: Line[] }> {
  const database = await Database.open(stack.databaseUrl);
  try {
    await sleep(settleMs);
    const watched = await watchedOf(stack);
    const before = await database.number(transactions);
    const { value: elapsedMs, cpuMs } = await metered(watched, async () => {
      const startedAt = performance.now();
      await sleep(seconds * 1000);
      return performance.now() - startedAt;
    });
    const transactionsPerSecond = round(((await database.number(transactions)) - before) / (elapsedMs / 1000));
    const share = (name: string): number => round((cpuMs[name] ?? 0) / elapsedMs, 4);
    const names = Object.keys(stack.pids);
    const processes = Object.fromEntries(
      names.map((name) => [name, { cpu: share(name), rssMb: (stack.pids[name] ?? []).map(rssMb) }]),
    );
    const all = round(names.reduce((sum, name) => sum + (cpuMs[name] ?? 0), 0) / elapsedMs, 4);
    const figures = { seconds, all, processes, postgres: share('postgres'), transactionsPerSecond };
    return { figures, lines: [lineOf(all, names)] };
  } finally {
    await database.close();
  }
}

const lineOf = (all: number, names: readonly string[]): Line => ({
  figure: `processor time of ${names.join(', ')} together with nothing to do`,
  measured: `${round(all * 100)} % of a core`,
  wanted: `≤ ${wantedShare * 100} %`,
  holds: all <= wantedShare,
});

void withStack([], {}, measure).then(({ figures, lines }) => {
  report('idle', figures, lines);
});
