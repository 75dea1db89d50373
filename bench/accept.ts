import { BareServer } from './harness/bare';
import { Child } from './harness/child';
import { backlogSql, Database } from './harness/database';
import type { Target } from './harness/http.connection';
import type { LoadOrder, LoadResult } from './harness/load.process';
import { median, round } from './harness/numbers';
import { metered, newProject, watchedOf } from './harness/product';
import { report, withStack, type BenchStack, type Line } from './stack';

const connections = 32;
const rounds = 3;
const roundSeconds = 2;
const offered = { perSecond: 300, seconds: 10 };
const wanted = { ratio: 0.5, p99Ms: 50 };

interface Round {
  readonly product: LoadResult;
  readonly bare: LoadResult;
  readonly ratio: number;
  /** Until everything behind the 202 of this round was done. */
  readonly drainedInMs: number;
}

/** The product and the bare server in turn, each on a machine that has nothing else to do. */
async function compare(parts: Parts): Promise<Round[]> {
  const done: Round[] = [];
  for (let n = 0; n < rounds; n += 1) {
    const product = await parts.load(parts.product, { kind: 'closed', seconds: roundSeconds });
    const drainedInMs = Math.round(await parts.database.untilZero(backlogSql));
    const bare = await parts.load(parts.bare, { kind: 'closed', seconds: roundSeconds });
    done.push({ product, bare, ratio: round(product.perSecond / bare.perSecond), drainedInMs });
  }
  return done;
}

type Kind = { kind: 'closed'; seconds: number } | { kind: 'open'; perSecond: number; seconds: number };

interface Parts {
  readonly database: Database;
  readonly product: Target;
  readonly bare: Target;
  readonly load: (target: Target, kind: Kind) => Promise<LoadResult>;
}

/** Requests that wait for a human after their plan: all the work of accepting, none of a hypervisor's. */
async function targetOf(stack: BenchStack): Promise<Target> {
  const projectId = await newProject(stack, 'bench-accept', { policy: { autoApprove: { maxVcpus: 0 } } });
  return {
    url: `${stack.gateway.url}/v1/vms`,
    headers: { authorization: `Bearer ${stack.token}` },
    body: JSON.stringify({ projectId, name: 'b-{n}', image: 'debian-12', size: 'small' }),
    expected: 202,
  };
}

async function measure(stack: BenchStack): Promise<{ figures: unknown; lines: Line[] }> {
  const database = await Database.open(stack.databaseUrl);
  const client = Child.start('load.process');
  const load = (target: Target, kind: Kind): Promise<LoadResult> =>
    client.ask<LoadResult>({ target, connections, ...kind } satisfies LoadOrder);
  const product = await targetOf(stack);
  const warmUp = load(product, { kind: 'closed', seconds: 2 });
  const bareServer = await BareServer.start(stack.databaseUrl);
  try {
    const bare = { ...product, url: `${bareServer.url}/v1/vms` };
    await warmUp;
    await load(bare, { kind: 'closed', seconds: 2 });
    await database.untilZero(backlogSql);
    const watched = await watchedOf(stack, { bare: [bareServer.pid] });
    const { value: atRate, cpuMs } = await metered(watched, async () => {
      const done: LoadResult[] = [];
      for (let n = 0; n < rounds; n += 1) {
        done.push(await load(product, { kind: 'open', ...offered }));
        await database.untilZero(backlogSql);
      }
      return done;
    });
    const bareAtRate = await load(bare, { kind: 'open', ...offered, seconds: 5 });
    const compared = await compare({ database, product, bare, load });
    const answered = atRate.reduce((sum, one) => sum + one.answered, 0);
    const perRequest = Object.fromEntries(Object.entries(cpuMs).map(([name, ms]) => [name, round(ms / answered, 3)]));
    const ratio = round(median(compared.map((one) => one.ratio)));
    const figures = { ratio, atRate, bareAtRate, cpuMsPerRequest: perRequest, rounds: compared };
    return { figures, lines: linesOf(ratio, atRate, compared) };
  } finally {
    await bareServer.stop();
    await client.stop();
    await database.close();
  }
}

const linesOf = (ratio: number, atRate: readonly LoadResult[], compared: readonly Round[]): Line[] => {
  const [p50Ms, p99Ms] = [median(atRate.map((one) => one.p50Ms)), median(atRate.map((one) => one.p99Ms))];
  return [
    {
      figure: 'accepted `POST /v1/vms` per second against bare fastify + pg with the same rows',
      measured: `${ratio} × (${Math.round(median(compared.map((one) => one.product.perSecond)))} against ${Math.round(median(compared.map((one) => one.bare.perSecond)))})`,
      wanted: `≥ ${wanted.ratio} ×`,
      holds: ratio >= wanted.ratio,
    },
    {
      figure: `time of an accepted \`POST /v1/vms\` at an offered ${offered.perSecond}/s, everything behind it running`,
      measured: `p50 ${p50Ms} ms, p99 ${p99Ms} ms (${atRate.map((one) => one.p99Ms).join(', ')})`,
      wanted: `p99 ≤ ${wanted.p99Ms} ms`,
      holds: p99Ms <= wanted.p99Ms && atRate.every((one) => one.failed === 0),
    },
  ];
};

void withStack([], {}, measure).then(({ figures, lines }) => {
  report('accept', figures, lines);
});
