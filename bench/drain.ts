import { Child } from './harness/child';
import { backlogSql, Database } from './harness/database';
import type { LoadOrder, LoadResult } from './harness/load.process';
import { round } from './harness/numbers';
import { metered, newProject, watchedOf } from './harness/product';
import { report, withStack, type BenchStack, type Line } from './stack';

const count = Number(process.env['DCM_BENCH_VMS'] ?? 2_000);
const perSecond = 400;
const timeoutMs = 600_000;

/** What may not be there once everything has ended. */
const leftovers: Readonly<Record<string, string>> = {
  'operations that did not succeed': `SELECT count(*) FROM approvals.operation WHERE state <> 'succeeded'`,
  'requests without their operation': `SELECT count(*) FROM gateway.request r WHERE NOT EXISTS (SELECT FROM approvals.operation o WHERE o.id = r.operation_id)`,
  'VMs whose quota is not used exactly once': `SELECT count(*) FROM approvals.vm v WHERE (SELECT count(*) FROM approvals.ledger l WHERE l.vm_id = v.id AND l.state = 'used') <> 1`,
  'native ids that two VMs claim': `SELECT count(*) - count(DISTINCT doc ->> 'nativeId') FROM approvals.vm`,
  'states of the read model behind the journal': `SELECT count(*) FROM approvals.operation o JOIN gateway.resource r ON r.kind = 'operation' AND r.id = o.id::text WHERE r.seq <> (o.doc ->> 'seq')::int`,
};

async function measure(stack: BenchStack): Promise<{ figures: unknown; lines: Line[] }> {
  const database = await Database.open(stack.databaseUrl);
  const client = Child.start('load.process');
  try {
    const projectId = await newProject(stack, 'bench-drain');
    const target = {
      url: `${stack.gateway.url}/v1/vms`,
      headers: { authorization: `Bearer ${stack.token}` },
      body: JSON.stringify({ projectId, name: 'd-{n}', image: 'debian-12', size: 'small' }),
      expected: 202,
    };
    const order: LoadOrder = { kind: 'open', target, connections: 32, perSecond, seconds: count / perSecond };
    const startedAt = performance.now();
    const { value: accepted, cpuMs } = await metered(await watchedOf(stack), async () => {
      const result = await client.ask<LoadResult>(order);
      await database.untilZero(backlogSql, [], timeoutMs);
      return result;
    });
    const seconds = round((performance.now() - startedAt) / 1000);
    const left: Record<string, number> = {};
    for (const [what, sql] of Object.entries(leftovers)) left[what] = await database.number(sql);
    const isClean = accepted.answered === count && Object.values(left).every((n) => n === 0);
    const cpuMsPerVm = Object.fromEntries(Object.entries(cpuMs).map(([name, ms]) => [name, round(ms / count)]));
    return { figures: { accepted, seconds, left, cpuMsPerVm }, lines: [lineOf(seconds, isClean)] };
  } finally {
    await client.stop();
    await database.close();
  }
}

const lineOf = (seconds: number, isClean: boolean): Line => ({
  figure: `${count} VMs asked for at once, until the last one stands on the simulator`,
  measured: `${seconds} s (${round(count / seconds, 1)}/s), ${isClean ? 'nothing lost, doubled or left over' : 'not clean'}`,
  wanted: 'clean',
  holds: isClean,
});

void withStack([], {}, measure).then(({ figures, lines }) => {
  report('drain', figures, lines);
});
