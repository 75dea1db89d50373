import { lineOf as lineOfFinding } from '../e2e/invariants/invariant';
import { Invariants, type Judgement } from '../e2e/invariants/invariants';
import { violationsOf } from '../e2e/failures/verdict';
import { Child } from './harness/child';
import { backlogSql, Database } from './harness/database';
import type { LoadOrder, LoadResult } from './harness/load.process';
import { round } from './harness/numbers';
import { metered, newProject, watchedOf } from './harness/product';
import { call, report, withStack, type BenchStack, type Line } from './stack';

const count = Number(process.env['DCM_BENCH_VMS'] ?? 2_000);
const perSecond = 400;
const callers = 32;
const timeoutMs = 900_000;
const settleMs = 120_000;
/** A lease and the longest call of the product as it is started here, as `npm run invariants` reckons. */
const deadlineSlackMs = 115_000;

/** One thing done to all VMs, until nothing is under way any more. */
interface Phase {
  readonly seconds: number;
  readonly perSecond: number;
  readonly cpuMsPerVm: Record<string, number>;
  /** Everything that the invariants hold against the product; empty: clean. */
  readonly violations: readonly string[];
  /** What was checked, one line each, and what was not. */
  readonly checks: readonly string[];
  /** How many were. */
  readonly checked: number;
}

class Drain {
  private constructor(
    private readonly stack: BenchStack,
    private readonly database: Database,
    private readonly invariants: Invariants,
    private readonly client: Child,
  ) {}

  static async open(stack: BenchStack): Promise<Drain> {
    const { databaseUrl, sites } = stack;
    const expected = { deadLetters: 0, deadlineSlackMs };
    const invariants = new Invariants({ databaseUrl, sites, expected, settleMs });
    return new Drain(stack, await Database.open(databaseUrl), invariants, Child.start('load.process'));
  }

  async close(): Promise<void> {
    this.invariants.close();
    await this.client.stop();
    await this.database.close();
  }

  /** Asks for all VMs as fast as they are accepted. @throws Error when one was not accepted */
  async create(projectId: string): Promise<void> {
    const target = {
      url: `${this.stack.gateway.url}/v1/vms`,
      headers: { authorization: `Bearer ${this.stack.token}` },
      body: JSON.stringify({ projectId, name: 'd-{n}', image: 'debian-12', size: 'small' }),
      expected: 202,
    };
    const order: LoadOrder = { kind: 'open', target, connections: callers, perSecond, seconds: count / perSecond };
    const { answered, failed } = await this.client.ask<LoadResult>(order);
    if (answered !== count || failed > 0) throw new Error(`${answered} of ${count} were accepted, ${failed} failed`);
  }

  /** Deletes all VMs as fast as that is accepted. @throws Error when one was not accepted */
  async delete(): Promise<void> {
    const ids = (await this.database.rows<{ id: string }>('SELECT id FROM approvals.vm')).map(({ id }) => id);
    await Promise.all(
      Array.from({ length: callers }, async () => {
        for (let id = ids.pop(); id !== undefined; id = ids.pop()) await call(this.stack, 'DELETE', `/v1/vms/${id}`);
      }),
    );
  }

  /** @param left how many VMs there must be in the end */
  async phase(kind: string, left: number, ask: () => Promise<void>): Promise<Phase> {
    const startedAt = performance.now();
    const { cpuMs } = await metered(await watchedOf(this.stack), async () => {
      await ask();
      await this.database.untilZero(backlogSql, [], timeoutMs);
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const judgement = await this.invariants.judge();
    return {
      seconds: round(seconds),
      perSecond: round(count / seconds, 1),
      cpuMsPerVm: Object.fromEntries(Object.entries(cpuMs).map(([name, ms]) => [name, round(ms / count)])),
      violations: [...violationsOf(judgement), ...(await this.unfinished(kind)), ...counted(judgement, left)],
      checks: judgement.findings.map(lineOfFinding),
      checked: judgement.findings.filter(({ skipped }) => skipped === undefined).length,
    };
  }

  /** That an operation has ended is an invariant; here each must have succeeded as well. */
  private async unfinished(kind: string): Promise<string[]> {
    const sql = `SELECT state, count(*) FROM approvals.operation WHERE kind = $1 GROUP BY state`;
    const ends = await this.database.rows<{ state: string; count: string }>(sql, [kind]);
    const isRight = ends.length === 1 && ends[0]?.state === 'succeeded' && Number(ends[0].count) === count;
    return isRight ? [] : [`${kind} ended as ${JSON.stringify(ends)}, not ${count} times as succeeded`];
  }
}

/** The hypervisor, seen by its vendor's own client, has as many marked VMs as there must be. */
function counted({ findings }: Judgement, left: number): string[] {
  const marked = findings.filter(({ title }) => title.startsWith('at most one VM bears a mark'));
  const seen = marked.reduce((sum, one) => sum + one.counted, 0);
  return marked.length > 0 && seen === left ? [] : [`the hypervisor has ${seen} VMs of DCM, not ${left}`];
}

async function measure(stack: BenchStack): Promise<{ create: Phase; delete: Phase }> {
  const drain = await Drain.open(stack);
  try {
    const projectId = await newProject(stack, 'bench-drain');
    return {
      create: await drain.phase('vm.create', count, () => drain.create(projectId)),
      delete: await drain.phase('vm.delete', 0, () => drain.delete()),
    };
  } finally {
    await drain.close();
  }
}

const lineOf = (what: string, { seconds, perSecond: rate, violations, checked }: Phase): Line => ({
  figure: what,
  measured: `${seconds} s (${rate}/s), ${violations.length === 0 ? `all ${checked} checks of the invariants clean` : `${violations.length} violations`}`,
  wanted: 'clean',
  holds: violations.length === 0,
});

void withStack([], {}, measure).then((phases) => {
  const lines = [
    lineOf(`${count} VMs asked for at once, until the last one stands on the simulator`, phases.create),
    lineOf(`the same ${count} VMs deleted at once, until the last one is gone`, phases.delete),
  ];
  report('drain', phases, lines);
  if (lines.some(({ holds }) => holds !== true)) process.exitCode = 1;
});
