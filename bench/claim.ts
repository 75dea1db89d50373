import { Child } from './harness/child';
import { backlogSql, Database } from './harness/database';
import { InstantSite } from './harness/instant.site';
import type { LoadOrder, LoadResult } from './harness/load.process';
import { round, spreadOf, type Spread } from './harness/numbers';
import { metered, watchedOf } from './harness/product';
import { report, withStack, type BenchStack, type Line } from './stack';

const perSecond = 100;
const seconds = 20;
/** Until the compiler of a process that has just begun has done its work: for 15 s it takes a third of the gateway's processor time. */
const warmUpSeconds = 30;
const wanted = { p50Ms: 40, p99Ms: 150 };

/**
 * From the start of the transaction that accepts a request to each later step, by the database's clock. A step's time is taken when its
 * transaction locks the journal, which is its last statement but one.
 */
const stepsSql = `
SELECT j.action, extract(epoch FROM j.at - r.created_at) * 1000 AS ms
FROM gateway.request r JOIN approvals.journal j ON j.noun = 'operation' AND j.subject = r.operation_id::text
JOIN approvals.operation o ON o.id = r.operation_id
WHERE o.doc ->> 'projectId' = $1 AND r.created_at >= $2`;

async function steps(database: Database, projectId: string, since: Date): Promise<Record<string, Spread>> {
  const rows = await database.rows<{ action: string; ms: string }>(stepsSql, [projectId, since]);
  const times = new Map<string, number[]>();
  for (const { action, ms } of rows) times.set(action, [...(times.get(action) ?? []), Number(ms)]);
  return Object.fromEntries([...times].map(([action, all]) => [action, spreadOf(all)]));
}

async function measure(stack: BenchStack): Promise<{ figures: unknown; lines: Line[] }> {
  const database = await Database.open(stack.databaseUrl);
  const client = Child.start('load.process');
  const site = await InstantSite.start(stack);
  const target = {
    url: `${stack.gateway.url}/v1/vms`,
    headers: { authorization: `Bearer ${stack.token}` },
    body: site.body('c-{n}'),
    expected: 202,
  };
  const load = (duration: number): Promise<LoadResult> =>
    client.ask({ kind: 'open', target, connections: 32, perSecond, seconds: duration } satisfies LoadOrder);
  try {
    await load(warmUpSeconds);
    await database.untilZero(backlogSql);
    const [now] = await database.rows<{ now: Date }>('SELECT now()');
    const { value: accepted, cpuMs } = await metered(await watchedOf(stack, { instant: [site.pid] }), async () => {
      const result = await load(seconds);
      await database.untilZero(backlogSql);
      return result;
    });
    const cpuMsPerVm = Object.fromEntries(
      Object.entries(cpuMs).map(([name, ms]) => [name, round(ms / accepted.answered, 3)]),
    );
    const sinceAccept = await steps(database, site.projectId, now?.now ?? new Date());
    return { figures: { perSecond, accepted, sinceAccept, cpuMsPerVm }, lines: linesOf(sinceAccept) };
  } finally {
    await site.stop();
    await client.stop();
    await database.close();
  }
}

function linesOf({ claimed }: Record<string, Spread>): Line[] {
  if (claimed === undefined) throw new Error('nothing was claimed');
  return [
    {
      figure: `accept → claim at ${perSecond} VMs/s, on a hypervisor that answers at once`,
      measured: `p50 ${claimed.p50Ms} ms, p99 ${claimed.p99Ms} ms`,
      wanted: `p50 ≤ ${wanted.p50Ms} ms, p99 ≤ ${wanted.p99Ms} ms`,
      holds: claimed.p50Ms <= wanted.p50Ms && claimed.p99Ms <= wanted.p99Ms,
    },
  ];
}

void withStack([], {}, measure).then(({ figures, lines }) => {
  report('claim', figures, lines);
});
