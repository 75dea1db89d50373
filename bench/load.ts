import { Agent, request } from 'node:http';

/** What a load did: how many answers per second, and the time each took. */
export interface LoadResult {
  readonly answered: number;
  readonly failed: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body of the n-th request. */
  readonly body: (n: number) => string;
  readonly expected: number;
}

/** Posts once over a kept connection; the time runs until the whole answer is read. */
function post(load: Load, agent: Agent, n: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const body = load.body(n);
    const headers = { ...load.headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const outgoing = request(load.url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === load.expected) resolve(performance.now() - startedAt);
        else reject(new Error(`answered ${response.statusCode ?? 0}`));
      });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const round = (value: number): number => Math.round(value * 100) / 100;

function summarise(times: number[], failed: number, elapsedMs: number): LoadResult {
  times.sort((a, b) => a - b);
  return {
    answered: times.length,
    failed,
    perSecond: round((times.length * 1000) / elapsedMs),
    p50Ms: round(percentile(times, 0.5)),
    p99Ms: round(percentile(times, 0.99)),
  };
}

/** As many requests as `clients` connections can send one after the other. */
export async function closedLoop(load: Load, clients: number, count: number): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times: number[] = [];
  let failed = 0;
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (next < count) {
        await post(load, agent, next++).then(
          (time) => times.push(time),
          () => (failed += 1),
        );
      }
    }),
  );
  const elapsed = performance.now() - startedAt;
  agent.destroy();
  return summarise(times, failed, elapsed);
}

/** Requests at a fixed rate, whether or not earlier ones were answered: the time a user would see. */
export async function openLoop(load: Load, perSecond: number, seconds: number): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const times: number[] = [];
  let failed = 0;
  const pending: Promise<unknown>[] = [];
  const startedAt = performance.now();
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const wait = startedAt + (n * 1000) / perSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    pending.push(
      post(load, agent, n).then(
        (time) => times.push(time),
        () => (failed += 1),
      ),
    );
  }
  await Promise.all(pending);
  const elapsed = performance.now() - startedAt;
  agent.destroy();
  return summarise(times, failed, elapsed);
}
