import { setTimeout as delay } from 'node:timers/promises';
import { Door } from './door';
import { until } from './patience';
import { platforms } from './points';
import { FailureStack } from './stack';

/** From the moment something died until creates that were asked for after it, one on each platform that it serves, have succeeded. */
export interface Recovery {
  readonly what: string;
  readonly limitMs: number;
  readonly tookMs: number;
}

/** What a drain did to callers: `failed` counts requests that were cut off or answered 5xx while the door was open. */
export interface DrainResult {
  readonly tookMs: number;
  readonly limitMs: number;
  readonly answered: number;
  readonly failed: number;
}

const serviceMs = 5_000;

/** One process of each kind, as `npm start` has it: nobody steps in for the one that died. */
export const startForRecovery = (): Promise<FailureStack> => FailureStack.start({ platforms, provisioners: 1 });

interface Casualty {
  readonly what: string;
  readonly limitMs: number;
  /** Projects that must work again. */
  readonly projectIds: readonly string[];
  readonly die: () => Promise<void>;
}

/** One after the other: each is killed, and a create is asked for at once on every platform that cannot do without it. */
export async function measureRecovery(stack: FailureStack): Promise<Recovery[]> {
  const results: Recovery[] = [];
  for (const { what, limitMs, projectIds, die } of casualtiesOf(stack)) {
    await stack.ready();
    const startedAt = performance.now();
    const creates = projectIds.map((projectId, n) => createOne(stack, projectId, `r-${results.length}-${n}`));
    await Promise.all([die(), ...creates]);
    results.push({ what, limitMs, tookMs: Math.round(performance.now() - startedAt) });
  }
  return results;
}

function casualtiesOf(stack: FailureStack): Casualty[] {
  const { postgres, rabbit } = stack.ground;
  const { projectIds } = stack;
  const service = (name: string): Omit<Casualty, 'projectIds'> => ({
    what: name,
    limitMs: serviceMs,
    // Its parent starts it again at once.
    die: () => {
      stack.subject(name).kill();
      return Promise.resolve();
    },
  });
  const provisioners = stack.sites.map(({ platform, name }) => ({
    ...service(`provisioner-${platform}-1`),
    projectIds: [stack.file.projects[name] ?? ''],
  }));
  return [
    { ...service('gateway'), projectIds },
    { ...service('approvals'), projectIds },
    ...provisioners,
    { what: 'PostgreSQL', limitMs: 10_000, projectIds, die: () => postgres.kill().then(() => postgres.restart()) },
    { what: 'RabbitMQ', limitMs: 15_000, projectIds, die: () => rabbit.kill().then(() => rabbit.restart()) },
  ];
}

async function createOne(stack: FailureStack, projectId: string, name: string): Promise<void> {
  const door = new Door(stack);
  const body = { projectId, name, image: 'debian-12', size: 'small' };
  const { body: made } = await door.http('POST', '/v1/vms', body, `recovery-${name}`);
  await until(`VM ${name} is made`, 120_000, async () => {
    const answer = await door.http('GET', `/v1/operations/${String(made['operationId'])}`);
    return answer.body['state'] === 'succeeded' ? true : undefined;
  });
}

const pressureMs = 1_000;

/** SIGTERM to the gateway under load: what it has taken it answers. After its door is shut nothing more is counted. */
export async function measureDrain(stack: FailureStack): Promise<DrainResult> {
  const door = new Door(stack);
  const counts = { answered: 0, failed: 0 };
  let isOver = false;
  const caller = async (): Promise<void> => {
    while (!isOver) {
      try {
        const { status } = await door.once('GET', '/v1/vms?pageSize=10');
        if (status >= 500) counts.failed += 1;
        else counts.answered += 1;
      } catch (error) {
        if (isRefused(error)) return;
        counts.failed += 1;
      }
    }
  };
  const callers = Array.from({ length: 8 }, caller);
  await delay(pressureMs);
  const startedAt = performance.now();
  await stack.subject('gateway').stop();
  const tookMs = Math.round(performance.now() - startedAt);
  isOver = true;
  await Promise.all(callers);
  stack.subject('gateway').start();
  return { tookMs, limitMs: 30_000, ...counts };
}

const isRefused = (error: unknown): boolean =>
  ((error as { cause?: { code?: unknown } }).cause?.code ?? '') === 'ECONNREFUSED';
